#include "worker/json_protocol.hpp"

#include <cerrno>

#include <catch2/catch.hpp>

using mpr::worker::Fault;
using mpr::worker::JsonProtocol;
using namespace std::string_literals;

namespace {

struct Response {
  bool complete = false;
  std::optional<Fault> fault;
  int exit_status = 0;
  std::string output;
  std::string rest;
};

/// Fed in pieces of that size.
Response read(JsonProtocol& protocol, std::string_view text, size_t piece) {
  Response response;
  while (!text.empty() && !response.complete && !response.fault) {
    const auto reading = protocol.read(text.substr(0, piece));
    response.output += reading.text;
    response.complete = reading.complete;
    response.fault = reading.fault;
    response.exit_status = reading.exit_status;
    text.remove_prefix(reading.used);
  }
  response.rest = text;
  return response;
}

/// The same, whatever the size of the pieces.
Response response_of(const std::string& text) {
  JsonProtocol whole;
  const Response response = read(whole, text, text.size());
  for (const size_t piece : {1, 2, 3, 7}) {
    JsonProtocol protocol;
    const Response other = read(protocol, text, piece);
    CAPTURE(text, piece);
    CHECK(other.complete == response.complete);
    CHECK(other.fault == response.fault);
    CHECK(other.exit_status == response.exit_status);
    if (response.complete) CHECK(other.output == response.output);
    CHECK(other.rest == response.rest);
  }
  return response;
}

std::string request_of(const mpr::worker::Requests::Words& words) {
  std::string request;
  CHECK(JsonProtocol{}.put_request(words, request) == 0);
  return request;
}

bool malformed(const std::string& text) {
  const Response response = response_of(text);
  return !response.complete && response.fault == Fault::malformed;
}

std::string output_of(const std::string& value) {
  const Response response = response_of("{\"output\":" + value + "}");
  if (response.complete) return response.output;
  return response.fault == Fault::malformed ? "malformed" : "incomplete";
}

std::string nested(size_t levels) {
  return "{\"x\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
}

}  // namespace

TEST_CASE("a request is a line of JSON with all its fields") {
  CHECK(request_of({"one", "two words"}) == R"({"arguments":["one","two words"],"inputs":[],"requestId":0})"
                                            "\n");
  CHECK(request_of({"\"\\/\n\x01\x7f\xc3\xa9\xf0\x9f\x9a\x80"}) ==
        "{\"arguments\":[\"\\\"\\\\/\\u000a\\u0001\x7f\xc3\xa9\xf0\x9f\x9a\x80\"],\"inputs\":[],\"requestId\":0}\n");
}

TEST_CASE("a word that is not UTF-8 cannot be asked in JSON, and nothing of it is") {
  for (const char* word : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xe0\x80\x80",
                           "\xf0\x80\x80\x80", "\xc3("}) {
    std::string request = "before";
    CHECK(JsonProtocol{}.put_request({"fine", word}, request) == EILSEQ);
    CHECK(request == "before");
  }
}

TEST_CASE("a response has an exit code and an output, and what it leaves out is 0 and empty") {
  const Response full = response_of(R"({"exitCode":3,"output":"text\n","requestId":0})");
  CHECK(full.complete);
  CHECK(full.exit_status == 3);
  CHECK(full.output == "text\n");
  for (const char* none : {"{}", "{ }", R"({"exitCode":null,"output":null,"requestId":null})", R"({"requestId":0})"}) {
    const Response response = response_of(none);
    CHECK(response.complete);
    CHECK(response.exit_status == 0);
    CHECK(response.output.empty());
  }
}

TEST_CASE("blanks and lines stand in a response where JSON allows them, and what follows it is left") {
  const Response response = response_of(" \r\n{\n\t\"exitCode\" : 255 ,\n\"output\" : \"x\"\n}\n{}");
  CHECK(response.complete);
  CHECK(response.exit_status == 255);
  CHECK(response.rest == "\n{}");
  CHECK(JsonProtocol{}.blanks("\n \t\r{") == 4);
  CHECK(JsonProtocol{}.blanks("\n") == 1);
}

TEST_CASE("one response after another is read") {
  JsonProtocol protocol;
  CHECK(read(protocol, R"({"exitCode":1,"output":"one"})", 5).output == "one");
  const Response second = read(protocol, R"({"output":"two"})", 5);
  CHECK(second.output == "two");
  CHECK(second.exit_status == 0);
}

TEST_CASE("what was read of a process's response is nothing to the next one's") {
  JsonProtocol protocol;
  CHECK_FALSE(read(protocol, R"({"exitCode":1,"output":"on)", 5).complete);
  protocol.restart();
  CHECK(read(protocol, R"({"output":"two"})", 5).output == "two");
}

TEST_CASE("fields that are not known are passed over, whatever they hold") {
  const Response response =
      response_of(R"({"wasCancelled":false,"a":[1,-2.5e+3,{"exitCode":7,"output":1,"x":[]},"exitCode",true,null,{}],)"
                  R"("output":"yes","exitcode":1,"":0,"exitCode":2,"z":"output"})");
  CHECK(response.complete);
  CHECK(response.exit_status == 2);
  CHECK(response.output == "yes");
}

TEST_CASE("names have both of proto3's spellings, and numbers all of them") {
  CHECK(response_of(R"({"exit_code":4,"request_id":0})").exit_status == 4);
  for (const char* five : {"5", "5.0", "\"5\"", "50e-1", "0.5E1", "\"5.0\""}) {
    CHECK(response_of("{\"exitCode\":"s + five + "}").exit_status == 5);
  }
  for (const char* zero : {"0", "-0", "0.0", "0e9", "\"0\"", "null"}) {
    CHECK(response_of("{\"requestId\":"s + zero + "}").complete);
  }
}

TEST_CASE("an exit code that no process has is refused") {
  for (const char* none : {"256", "-1", "1.5", "2147483648", "1e400", "99999999999999999999", "\"\"", "\"one\"",
                           "\"inf\"", "\"nan\"", "\"1 \""}) {
    CHECK(response_of("{\"exitCode\":"s + none + "}").fault == Fault::exit_code);
  }
  CHECK(response_of("{\"exitCode\":" + std::string(1000, '1') + "}").fault == Fault::exit_code);
  for (const char* none : {"true", "[0]", "{}"}) CHECK(malformed("{\"exitCode\":"s + none + "}"));
}

TEST_CASE("the response to another request is refused") {
  for (const char* other : {"1", "-1", "\"12\"", "0.5"}) {
    CHECK(response_of("{\"requestId\":"s + other + "}").fault == Fault::request);
  }
}

TEST_CASE("an output has all that a JSON string can have") {
  CHECK(output_of(R"("")").empty());
  CHECK(output_of(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(output_of(R"("\u0000\u0041\u00e9\u20AC\uD83D\uDE80")") == "\0Aé€🚀"s);
  CHECK(output_of("\"é€🚀\x7f\"") == "é€🚀\x7f");
}

TEST_CASE("an output that is not UTF-8, or no JSON string, is refused") {
  for (const char* bad : {"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xe2\x82\"", "\"\xf5\x80\x80\x80\"",
                          "\"\n\"", "\"\t\"", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\n\"",
                          "\"\\ud800\\ud800\"", "\"\\ud800x\"", "1", "true", "[\"x\"]", "{}", "'x'"}) {
    CHECK(output_of(bad) == "malformed");
  }
}

TEST_CASE("what is no JSON is refused") {
  for (const char* bad : {"x",
                          "[]",
                          "0",
                          "\"\"",
                          "null",
                          "}",
                          "{,}",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "{\"a\":1 \"b\":2}",
                          "{1:2}",
                          "{\"a\":[1,]}",
                          "{\"a\":[,1]}",
                          "{\"a\":[1}",
                          "{\"a\":{]",
                          "{\"a\":01}",
                          "{\"a\":-}",
                          "{\"a\":1.}",
                          "{\"a\":.5}",
                          "{\"a\":1e}",
                          "{\"a\":1e+}",
                          "{\"a\":+1}",
                          "{\"a\":-x}",
                          "{\"a\":tru}",
                          "{\"a\":trux}",
                          "{\"a\":nul}",
                          "{\"a\":True}",
                          "{\"a\":NaN}",
                          "{\"a\"=1}",
                          "// x\n{}",
                          "\xef\xbb\xbf{}",
                          "{\"\xff\":1}"}) {
    CAPTURE(bad);
    CHECK(malformed(bad));
  }
}

TEST_CASE("a field that is there twice is refused") {
  for (const char* twice : {R"({"exitCode":0,"exitCode":1})", R"({"output":"","output":""})",
                            R"({"requestId":0,"request_id":0})", R"({"exitCode":null,"exit_code":1})"}) {
    CHECK(malformed(twice));
  }
}

TEST_CASE("nesting is read to a limit") {
  CHECK(response_of(nested(63)).complete);
  CHECK(malformed(nested(64)));
  CHECK(malformed("{\"x\":" + std::string(1'000'000, '[')));
}

TEST_CASE("no prefix of a response is a response, or refused") {
  const std::string text = R"( {"exitCode": 1.0, "x": [true, {"a": -0.5e-1}, "é\u00e9\ud83d\ude80"], "output": "y"})";
  for (size_t size = 0; size < text.size(); ++size) {
    JsonProtocol protocol;
    const Response response = read(protocol, text.substr(0, size), 4);
    CHECK_FALSE(response.complete);
    CHECK_FALSE(response.fault);
  }
}

TEST_CASE("a long output passes through as it comes") {
  JsonProtocol protocol;
  CHECK(protocol.read("{\"output\":\"").text.empty());
  const std::string piece(10'000, 'x');
  for (int round = 0; round < 100; ++round) CHECK(protocol.read(piece).text == piece);
  CHECK(protocol.read("\"}").complete);
}
