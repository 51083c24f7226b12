#include "mpr/job.hpp"

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace mpr::job {
namespace {

constexpr int kFailed = 1;
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

/// The words for each call; throws std::invalid_argument when there are too many or too few.
std::vector<Words> groups(const Job& job, std::string_view program, Words words) {
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
  if (!fits) {
    const std::string count = words.empty() ? "no" : std::to_string(words.size());
    throw std::invalid_argument(count + (words.size() == 1 ? " word" : " words") + " given (" + usage(job, program) +
                                ")");
  }
  if (words.size() <= group) return {words};
  std::vector<Words> all;
  for (; !words.empty(); words = words.subspan(group)) all.push_back(words.first(group));
  return all;
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

/// What the words are beside the operands.
struct CommandLine {
  bool help = false;
  std::vector<std::string_view> operands;
};

CommandLine without_options(Words words) {
  CommandLine line;
  bool options = true;
  for (const std::string_view word : words) {
    if (!options || !is_option(word)) {
      line.operands.push_back(word);
    } else if (word == "--") {
      options = false;
    } else if (word == "--help") {
      line.help = true;
    } else {
      throw std::invalid_argument("unknown option '" + std::string(word) +
                                  "' (other words that begin with '-' go behind '--')");
    }
  }
  return line;
}

std::string help(const Job& job, std::string_view program) {
  std::string text = usage(job, program) + "\n" + job.help;
  if (text.back() != '\n') text += '\n';
  return text;
}

}  // namespace

int perform(const Job& job, std::string_view program, Words words, const Sink& out, const Sink& complain) {
  CommandLine line;
  std::vector<Call> calls;
  int status = guarded(program, complain, [&] {
    line = without_options(words);
    if (line.help) return;
    for (const Words group : groups(job, program, line.operands)) calls.push_back(job.read(group));
  });
  if (status != 0) return status;
  if (line.help) out(help(job, program));
  for (Call& call : calls) {
    std::string text;
    const int outcome = guarded(program, complain, [&] { text = call(); });
    call = nullptr;  // it may hold much
    if (!text.empty()) out(text);
    if (status == 0) status = outcome;
  }
  return status;
}

int run(const Job& job, int argc, char** argv) {
  std::string_view program = argc > 0 ? argv[0] : "job";
  program.remove_prefix(program.rfind('/') + 1);
  const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const auto put = [](std::FILE* file, std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), file) == text.size();
  };
  const auto cannot_write = [&](int error) {
    put(stderr, std::string(program) + ": cannot write" +
                    (error != 0 ? ": " + std::generic_category().message(error) : std::string()) + "\n");
    return kFailed;
  };
  struct WriteError {
    int error;
  };
  int status = 0;
  try {
    status = perform(
        job, program, words,
        [&](std::string_view text) {
          if (!put(stdout, text)) throw WriteError{errno};
        },
        [&](std::string_view text) { put(stderr, text); });
  } catch (const WriteError& failure) {
    return cannot_write(failure.error);
  }
  // An error before the last flush is one too, of which the reason is not known any more.
  const bool before = std::ferror(stdout) != 0;
  if (std::fflush(stdout) != 0) return cannot_write(errno);
  return before ? cannot_write(0) : status;
}

}  // namespace mpr::job
