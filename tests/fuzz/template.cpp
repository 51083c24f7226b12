// A command and what is filled into it: NAMES~COMMAND~INPUT~INPUT..., the names with blanks between them, - for none.
// A word of the command is a line; to a shell, all of it is the script.
#include <algorithm>

#include "fuzz_input.hpp"
#include "manifest/command_template.hpp"
#include "manifest/error.hpp"
#include "manifest/input_group.hpp"
#include "manifest/shell_quote.hpp"
#include "shell_structure.hpp"

namespace {

using namespace mpr;
using manifest::CommandTemplate;
using manifest::TemplateWord;
using test::require;
using Words = std::vector<std::string>;

struct Case {
  Words names;
  std::string command;
  Words inputs;  ///< as many as names
};

Case read_case(std::string text) {
  std::erase(text, '\0');  // no argument of a program has any
  Words parts = test::split(text, '~');
  parts.resize(std::max<size_t>(parts.size(), 2));
  Case read{test::split(parts[0], ' '), parts[1], {parts.begin() + 2, parts.end()}};
  for (std::string& name : read.names)
    if (!manifest::is_group_name(name)) name.clear();
  read.inputs.resize(read.names.size());
  return read;
}

/// Other values that are quoted when the script is right, and are no data when it is not.
Words hostile(size_t count) {
  return Words(count, "'\"`$(a)`;b\n${c}#)}\\'");
}

/// What a shell makes of a word of '...' and \' alone.
std::string unquoted(std::string_view word) {
  std::string text;
  bool quoted = false;
  for (size_t i = 0; i < word.size(); ++i) {
    require(quoted || word[i] == '\'' || word.substr(i, 2) == "\\'", "all of a word is quoted", word);
    if (word[i] == '\'')
      quoted = !quoted;
    else
      text += quoted ? word[i] : word[++i];
  }
  require(!quoted, "quotes are closed", word);
  return text;
}

void check_structure(const CommandTemplate& command, const Words& inputs, const std::string& harmless,
                     test::Dialect dialect) {
  const std::string script = command.argv(inputs, 12, 3).at(2);
  require(test::shell_structure(script, dialect) == harmless, "what is filled in is data to a shell", script);
}

void check_script(const Case& given) {
  for (const std::string& input : given.inputs)
    require(unquoted(manifest::shell_quote(input)) == input, "what is quoted is what it was", input);
  const CommandTemplate command = CommandTemplate::shell(given.command, given.names);
  const Words plain = command.argv(Words(given.names.size(), "h"), 12, 3);
  require(plain.size() == 3 && plain[0] == "sh" && plain[1] == "-c", "a script is for sh");
  // What shell_structure() does not know. Behind a here-document a template takes no values.
  for (const char* unknown : {"<<", "\\\n"})
    if (given.command.find(unknown) != std::string::npos) return;
  for (const auto dialect : {test::Dialect::dash, test::Dialect::bash}) {
    const std::string harmless = test::shell_structure(plain[2], dialect);
    check_structure(command, given.inputs, harmless, dialect);
    check_structure(command, hostile(given.names.size()), harmless, dialect);
  }
}

void check_words(const Case& given) {
  const Words words = test::split(given.command, '\n');
  const Words argv = CommandTemplate::words(words, given.names).argv(given.inputs, 12, 3);
  const bool uses = std::any_of(words.begin(), words.end(),
                                [&](const auto& word) { return TemplateWord(word, given.names).uses_inputs(); });
  require(argv.size() == words.size() + (uses ? 0 : given.inputs.size()), "inputs are appended where none is used");
  if (!uses)
    require(std::equal(given.inputs.rbegin(), given.inputs.rend(), argv.rbegin()), "they are appended as they are");
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i].find('{') == std::string::npos)
      require(argv[i] == words[i], "a word without braces is itself", words[i]);
}

template <class Check>
void unless_refused(Check check, const Case& given) {
  try {
    check(given);
  } catch (const manifest::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Case given = read_case(std::string(test::text_of(data, size)));
  unless_refused(check_words, given);
  unless_refused(check_script, given);
  return 0;
}
