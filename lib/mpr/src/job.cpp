#include "mpr/job.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "job_main.hpp"
#include "mpr/job_protocol.hpp"

namespace mpr::job {
namespace {

constexpr int kWrongWords = 2;

/// As usage tells it: "NUMBER...", "(NUMBER TEXT)...", "TEXT [NUMBER]", "PATH [PATH...]".
std::string operands(const std::vector<Parameter>& parameters) {
  std::string text;
  for (const Parameter& parameter : parameters) {
    if (!text.empty()) text += ' ';
    switch (parameter.takes) {
      case Takes::one_word:
        text += parameter.name;
        break;
      case Takes::one_or_none:
        text += "[" + std::string(parameter.name) + "]";
        break;
      case Takes::the_rest:
        text += "[" + std::string(parameter.name) + "...]";
        break;
    }
  }
  if (parameters.size() == 1 && parameters.back().takes != Takes::the_rest) return text + "...";
  if (parameters.size() > 1 && parameters.back().takes == Takes::one_word) return "(" + text + ")...";
  return text;
}

std::string usage(const Job& job, std::string_view program) {
  const std::string words = operands(job.parameters);
  return "usage: " + std::string(program) + (words.empty() ? "" : " ") + words;
}

bool is_option(std::string_view word) {
  if (word.size() < 2 || word[0] != '-') return false;
  const bool negative = (word[1] >= '0' && word[1] <= '9') || word[1] == '.' || word == "-inf" || word == "-infinity";
  return !negative;
}

/// How many words there are for each call; throws std::invalid_argument when there are too many or too few.
size_t words_each(const Job& job, std::string_view program, Words words) {
  const size_t wanted = job.parameters.size();
  const Takes last = wanted == 0 ? Takes::the_rest : job.parameters.back().takes;
  bool fits = false;
  size_t group = wanted;
  if (wanted == 0) {
    fits = words.empty();
  } else if (last == Takes::the_rest) {
    fits = words.size() >= wanted - 1;
    group = words.size();
  } else if (last == Takes::one_or_none) {
    fits = wanted == 1 || words.size() == wanted || words.size() == wanted - 1;
  } else {
    fits = !words.empty() && words.size() % wanted == 0;
  }
  if (fits) return group;
  const std::string count = words.empty() ? "no" : std::to_string(words.size());
  throw std::invalid_argument(count + (words.size() == 1 ? " word" : " words") + " given (" + usage(job, program) +
                              ")");
}

/// Does it, and answers the exit status that it warrants, having told of an exception.
template <class Function>
int guarded(std::string_view program, const Sink& complain, const Function& function) {
  const auto tell = [&](std::string_view text) { complain(std::string(program) + ": " + std::string(text) + "\n"); };
  try {
    function();
    return 0;
  } catch (const std::invalid_argument& fault) {
    tell(fault.what());
    return kWrongWords;
  } catch (const std::out_of_range& fault) {
    tell(fault.what());
    return kWrongWords;
  } catch (const std::exception& error) {
    tell(error.what());
  } catch (...) {
    tell("an exception that is not a std::exception");
  }
  return kFailed;
}

/// Words without the options among them.
class CommandLine {
 public:
  /// Throws std::invalid_argument.
  explicit CommandLine(Words words) : operands_(words) {
    const auto option = std::find_if(words.begin(), words.end(), is_option);
    if (option != words.end()) take_options(words, option - words.begin());
  }

  [[nodiscard]] bool help() const { return help_; }
  /// Valid as long as this and the words.
  [[nodiscard]] Words operands() const { return operands_; }

 private:
  void take_options(Words words, ptrdiff_t first) {
    kept_.assign(words.begin(), words.begin() + first);
    bool options = true;
    for (const std::string_view word : words.subspan(static_cast<size_t>(first))) {
      if (!options || !is_option(word)) {
        kept_.push_back(word);
      } else if (word == "--") {
        options = false;
      } else if (word == "--help") {
        help_ = true;
      } else {
        throw std::invalid_argument("unknown option '" + std::string(word) +
                                    "' (other words that begin with '-' go behind '--')");
      }
    }
    operands_ = kept_;
  }

  bool help_ = false;
  Words operands_;
  std::vector<std::string_view> kept_;
};

std::string help(const Job& job, std::string_view program) {
  std::string text = usage(job, program) + "\n" + job.help;
  if (text.back() != '\n') text += '\n';
  return text;
}

/// A call for each so many words, once all of them have been read.
int perform_each(const Job& job, std::string_view program, Words words, size_t each, const Sink& out,
                 const Sink& complain) {
  std::vector<Call> calls;
  int status = guarded(program, complain, [&] {
    for (; !words.empty(); words = words.subspan(each)) calls.push_back(job.read(words.first(each)));
  });
  if (status != 0) return status;
  for (Call& call : calls) {
    std::string text;
    const int outcome = guarded(program, complain, [&] { text = call(); });
    call = nullptr;  // it may hold much
    if (!text.empty()) out(text);
    if (status == 0) status = outcome;
  }
  return status;
}

struct WriteError {
  int error;
};

void put(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) throw WriteError{errno};
}

void put_error(std::string_view text) {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

int perform(const Job& job, std::string_view program, Words words, const Sink& out, const Sink& complain) {
  std::optional<CommandLine> line;
  size_t each = 0;
  const int status = guarded(program, complain, [&] {
    line.emplace(words);
    if (!line->help()) each = words_each(job, program, line->operands());
  });
  if (status != 0) return status;
  if (line->help()) {
    out(help(job, program));
    return 0;
  }
  if (line->operands().size() > each) return perform_each(job, program, line->operands(), each, out, complain);
  std::string text;
  const int outcome = guarded(program, complain, [&] { job.call(line->operands(), text); });
  if (outcome == 0 && !text.empty()) out(text);
  return outcome;
}

std::optional<int> perform_by_stdio(const Job& job, std::string_view program, Words words) try {
  return perform(job, program, words, put, put_error);
} catch (const WriteError& failure) {
  (void)complain_of_writing(program, failure.error);
  return std::nullopt;
}

int complain_of_writing(std::string_view program, int error) {
  const std::string reason = error != 0 ? ": " + std::generic_category().message(error) : std::string();
  put_error(std::string(program) + ": cannot write" + reason + "\n");
  return kFailed;
}

int run(const Job& job, int argc, char** argv) {
  std::string_view program = argc > 0 ? argv[0] : "job";
  program.remove_prefix(program.rfind('/') + 1);
  const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (const char* channels = std::getenv(kServeVariable)) return serve(job, program, words, channels);
  const std::optional<int> status = perform_by_stdio(job, program, words);
  if (!status) return kFailed;
  // An error before the last flush is one too, of which the reason is not known any more.
  const bool before = std::ferror(stdout) != 0;
  if (std::fflush(stdout) != 0) return complain_of_writing(program, errno);
  return before ? complain_of_writing(program, 0) : *status;
}

}  // namespace mpr::job
