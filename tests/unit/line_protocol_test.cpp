#include "worker/line_protocol.hpp"

#include <cerrno>

#include <catch2/catch.hpp>

using mpr::worker::LineProtocol;

TEST_CASE("a request is its words in a line") {
  const LineProtocol protocol;
  std::string line;
  CHECK(protocol.put_request({"one"}, line) == 0);
  CHECK(protocol.put_request({"a", "", "b  c", "\xff"}, line) == 0);
  CHECK(protocol.put_request({""}, line) == 0);
  CHECK(line == "one\na  b  c \xff\n\n");
}

TEST_CASE("a word with a line end cannot be asked, and nothing of it is") {
  const LineProtocol protocol;
  std::string line = "before\n";
  CHECK(protocol.put_request({"a", "b\n"}, line) == EINVAL);
  CHECK(line == "before\n");
}

TEST_CASE("an answer is the next line, with its end, however it comes") {
  LineProtocol protocol;
  auto reading = protocol.read("4\n5\n");
  CHECK(reading.complete);
  CHECK(reading.text == "4\n");
  CHECK(reading.used == 2);
  CHECK(reading.exit_status == 0);
  CHECK_FALSE(reading.fault);
  reading = protocol.read("fo");
  CHECK_FALSE(reading.complete);
  CHECK(reading.text == "fo");
  CHECK(reading.used == 2);
  reading = protocol.read("\n");
  CHECK(reading.complete);
  CHECK(reading.text == "\n");
}

TEST_CASE("every byte between answers is one too much") {
  CHECK(LineProtocol{}.blanks(" \n") == 0);
}
