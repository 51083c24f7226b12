// Database, Statement, Transaction: SQLite with its failures as StoreError.
//
//   Statement insert(database, "INSERT INTO runs(id) VALUES(?1)");
//   Transaction transaction(database);
//   insert.bind(1, id).run();
//   transaction.commit();
//
// Ownership: a Database owns the connection, a Statement what it prepared; a Statement must not outlive its Database.
// Errors: StoreError (see error.hpp). After a failure of the disk nothing more is written: a flush that failed, done
// once
//   more, seems to succeed, and what it was to flush may be gone. A Transaction that is not committed is rolled back by
//   its destructor.
// Threads, processes: one of each. SQLite's descriptors are close-on-exec; after fork only the parent may go on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "os/file_identity.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace mpr::store {

enum class Access : uint8_t { read, write };

class Database {
 public:
  /// The file must exist; it may be empty. `unchanging`: it can neither be written nor be locked, by anybody; to read.
  Database(std::string path, Access access, bool unchanging = false);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  void run(const std::string& sql);
  [[nodiscard]] int64_t number(const std::string& sql);
  [[nodiscard]] int64_t last_key() const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Access access() const { return access_; }

  /// `code` is what a SQLite call answered, if that is a failure.
  [[noreturn]] void fail(int code);

 private:
  friend class Statement;
  friend class Transaction;
  void close() noexcept;
  void give_up() noexcept;
  void refuse_if_failed() const;
  void refuse_if_moved();
  std::string path_;
  Access access_;
  bool failed_ = false;
  std::optional<os::FileIdentity> log_;  ///< once there was something in it
  sqlite3* connection_ = nullptr;
};

class Statement {
 public:
  /// Prepared once, for a program to keep.
  Statement(Database& database, std::string_view sql);
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Parameters are numbered from 1. Bytes are borrowed until the statement has run.
  Statement& bind(int parameter, int64_t value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_blob(int parameter, std::string_view bytes);
  Statement& bind_null(int parameter);
  Statement& bind_or_null(int parameter, std::optional<uint64_t> value);

  /// Whether there is a (further) row; after the last one the statement can be bound and run again.
  [[nodiscard]] bool next();
  /// For statements that have no rows.
  void run();
  /// Gives up the rows that are left.
  void reset() noexcept;

  /// Columns are numbered from 0. Bytes are valid until next() or reset().
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] int64_t number(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }
  [[nodiscard]] std::optional<uint64_t> number_or_null(int column) const;

 private:
  Statement& checked(int code);
  Database* database_;
  sqlite3_stmt* statement_ = nullptr;
};

/// A transaction that writes, from its beginning: waits for those of others (for seconds, then Cause::busy).
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database* database_;
  bool open_ = true;
};

}  // namespace mpr::store
