#include "exception_text.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

namespace mpr {
namespace {

std::string readable(const char* mangled) {
  const std::unique_ptr<char, void (*)(void*)> name{abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr),
                                                    &std::free};
  return name ? name.get() : mangled;
}

}  // namespace

ExceptionText text_of(const std::exception_ptr& thrown) try {
  std::rethrow_exception(thrown);
} catch (const std::exception& error) {
  return {readable(typeid(error).name()), error.what()};
} catch (...) {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  return {type != nullptr ? readable(type->name()) : "an exception of another language", ""};
}

}  // namespace mpr
