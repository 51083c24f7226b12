#include "runner/rows.hpp"

#include <cstring>

namespace mpr::runner {

void Rows::append(const Inputs& row) {
  values_each_ = static_cast<uint32_t>(row.size());
  for (const std::string& value : row) {
    const auto length = static_cast<uint32_t>(value.size());
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof length + length);
    std::memcpy(bytes_.data() + at, &length, sizeof length);
    std::memcpy(bytes_.data() + at + sizeof length, value.data(), length);
  }
  ++count_;
}

Inputs Rows::row(uint32_t place) const {
  worker::WireReader wire{bytes().subspan(bytes_of(place))};
  Inputs row(values_each_);
  for (std::string& value : row) value = wire.get_text();
  return row;
}

bool Rows::Reader::next(Inputs& row) {
  if (left_ == 0) return false;
  --left_;
  row.resize(values_each_);
  for (std::string& value : row) value.assign(wire_.view_text());
  return true;
}

size_t Rows::bytes_of(uint32_t count) const {
  worker::WireReader wire{bytes()};
  for (uint64_t value = uint64_t{count} * values_each_; value > 0; --value) (void)wire.view_text();
  return bytes().size() - wire.rest().size();
}

void Rows::drop_front(uint32_t count) {
  begin_ += count == count_ ? bytes().size() : bytes_of(count);
  count_ -= count;
}

Rows Rows::split_front(uint32_t count) {
  Rows front;
  const auto bytes_there = bytes().first(bytes_of(count));
  front.bytes_.assign(bytes_there.begin(), bytes_there.end());
  front.count_ = count;
  front.values_each_ = values_each_;
  begin_ += bytes_there.size();
  count_ -= count;
  return front;
}

}  // namespace mpr::runner
