// The batches behind map, starmap and apply: where their items come from and where their results go.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "mpr/async_result.hpp"
#include "mpr/pool_call.hpp"

namespace mpr::pool {

/// The fields of one item: of a tuple that is spread over several parameters each of its elements, else itself.
template <bool kSpread, class Item>
void put_item(const Item& item, ByteBuffer& to) {
  if constexpr (kSpread) {
    std::apply([&](const auto&... each) { (put_field(each, to), ...); }, item);
  } else {
    put_field<Item>(item, to);
  }
}

template <class Result>
using MapValue = std::conditional_t<std::is_void_v<Result>, Nothing, std::vector<Held<Result>>>;

/// `Items` is indexed, and either owns the items or borrows them for the time of the call.
template <class Result, class Item, bool kSpread, class Items>
class MapBatch final : public ValueBatch<MapValue<Result>> {
 public:
  MapBatch(RunChunk runner, ByteBuffer function_bytes, Items items, uint64_t chunk_items)
      : ValueBatch<MapValue<Result>>(runner, std::move(function_bytes)),
        items_(std::move(items)),
        chunk_items_(chunk_items) {
    if constexpr (!std::is_void_v<Result>) results_.reserve(items_.size(), chunk_items_);
  }

  [[nodiscard]] uint64_t chunks() const override { return (items_.size() + chunk_items_ - 1) / chunk_items_; }
  [[nodiscard]] uint64_t first_item(uint64_t chunk) const override { return chunk * chunk_items_; }

  [[nodiscard]] Batch::Chunk chunk(uint64_t number, ByteBuffer& scratch) override {
    const uint64_t first = first_item(number);
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(chunk_items_, items_.size() - first));
    if constexpr (codec::Bytewise<Item> && !kSpread && !std::is_same_v<Items, std::vector<bool>>) {
      return {std::as_bytes(std::span{items_}.subspan(first, count)), count};
    } else {
      for (uint64_t i = 0; i < count; ++i) put_item<kSpread, Item>(items_[first + i], scratch);
      return {scratch, count};
    }
  }

  void ended(uint64_t number, uint32_t count, Bytes results, const std::exception_ptr& why) override {
    if constexpr (!std::is_void_v<Result>) {
      if (count > 0) results_.put(number, count, results);
    }
    if (!why || number >= failed_) return;
    failed_ = number;
    this->failure = why;
  }
  void abandoned(const std::exception_ptr& why) override {
    if (!this->failure) this->failure = why;
  }

 private:
  MapValue<Result> assemble() override {
    if constexpr (std::is_void_v<Result>) {
      return {};
    } else {
      return results_.take();
    }
  }

  Items items_;
  uint64_t chunk_items_;
  Results<Held<Result>> results_;
  uint64_t failed_ = std::numeric_limits<uint64_t>::max();  ///< the first chunk that failed
};

/// A single call.
template <class Result>
class ApplyBatch final : public ValueBatch<Held<Result>> {
 public:
  ApplyBatch(RunChunk runner, ByteBuffer function_bytes, ByteBuffer arguments)
      : ValueBatch<Held<Result>>(runner, std::move(function_bytes)), arguments_(std::move(arguments)) {}

  [[nodiscard]] uint64_t chunks() const override { return 1; }
  [[nodiscard]] uint64_t first_item(uint64_t) const override { return 0; }
  [[nodiscard]] Batch::Chunk chunk(uint64_t, ByteBuffer&) override { return {arguments_, 1}; }

  void ended(uint64_t, uint32_t count, Bytes results, const std::exception_ptr& why) override {
    if constexpr (!std::is_void_v<Result>) {
      if (count > 0) result_.push_back(take_field<Result>(results));
    }
    this->failure = why;
  }
  void abandoned(const std::exception_ptr& why) override { this->failure = why; }

 private:
  Held<Result> assemble() override {
    if constexpr (std::is_void_v<Result>) {
      return {};
    } else {
      return std::move(result_.front());
    }
  }

  ByteBuffer arguments_;
  std::vector<Held<Result>> result_;
};

}  // namespace mpr::pool
