#include "pool/frames.hpp"

#include "exception_text.hpp"

namespace mpr::pool {

void put_exception(ByteBuffer& to, const std::exception_ptr& thrown) {
  const ExceptionText told = text_of(thrown);
  codec::append(to, told.type.c_str(), told.type.size() + 1);
  codec::append(to, told.text.data(), told.text.size());
}

std::exception_ptr get_exception(Bytes from) {
  const std::string_view both(reinterpret_cast<const char*>(from.data()), from.size());
  const size_t end = both.find('\0');
  return std::make_exception_ptr(RemoteError(std::string(both.substr(0, end)), std::string(both.substr(end + 1))));
}

}  // namespace mpr::pool
