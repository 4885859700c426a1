#include "src/cli/presets_command.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "src/cli/exit_code.h"
#include "src/cli/json_text.h"
#include "src/cli/messages.h"
#include "src/cli/output.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/explain.h"
#include "unstick/core/presets.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::size_t kColumns = 100;

// `text`, and blanks up to `width`, at least two.
std::string Column(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(std::max(width, text.size() + 2) - text.size(), ' ');
}

std::string Line(const Preset& preset) {
  return Column(preset.name, 22) + Column(preset.strategy, 21) + Column(preset.spec, 46) +
         std::string(preset.reference) + "\n";
}

std::string Json(const Preset& preset, std::string_view spec) {
  std::string line = "{";
  const auto member = [&](std::string_view key, std::string_view value) {
    line += (line.size() > 1 ? ",\"" : "\"") + std::string(key) + "\":" + JsonString(value);
  };
  member("name", preset.name);
  member("title", preset.title);
  member("strategy", preset.strategy);
  member("reference", preset.reference);
  member("spec", spec);
  member("about", preset.about);
  return line + "}\n";
}

// Table cells: a bar would end them.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string Markdown() {
  std::string page =
      "# Framings by name\n\n"
      "Each name stands for a spec wherever a spec is taken: `unstick decode kafka`,\n"
      "`DescribedFramer::FromSpec(\"kafka,max=1MiB\")`. `unstick presets NAME` draws one. This "
      "page is\n"
      "what `unstick presets --markdown` prints; [framer-spec.md](framer-spec.md) has the "
      "grammar.\n";
  std::string_view strategy;
  for (const std::string_view each :
       {"length prefix", "structured header", "self-describing TLV", "segment table", "chunk list",
        "counted line", "delimiter", "fixed size", "self-describing"}) {
    for (const Preset& preset : Presets()) {
      if (preset.strategy != each) continue;
      if (strategy != each) {
        strategy = each;
        std::string heading(each);
        heading[0] = static_cast<char>(heading[0] - 'a' + 'A');
        page += "\n## " + heading +
                "\n\n| name | who | bytes | spec | reference |\n|---|---|---|---|---|\n";
      }
      page += "| `" + Cell(preset.name) + "` | " + Cell(preset.title) + " | " + Cell(preset.about) +
              " | `" + Cell(preset.spec) + "` | " + Cell(preset.reference) + " |\n";
    }
  }
  page +=
      "\n## Corrected\n\nWhere a spec says otherwise than the survey that the names come from:\n\n";
  for (const Preset& preset : Presets()) {
    if (preset.corrected.empty()) continue;
    page += "* `" + std::string(preset.name) + "`: " + std::string(preset.corrected) + ".\n";
  }
  return page;
}

std::string List(PresetsOptions::Format format) {
  if (format == PresetsOptions::Format::kMarkdown) return Markdown();
  std::string list;
  for (const Preset& preset : Presets()) {
    list += format == PresetsOptions::Format::kJson ? Json(preset, preset.spec) : Line(preset);
  }
  return list;
}

// "KEY: text", in lines of at most kColumns.
std::string Paragraph(std::string_view key, std::string_view text) {
  std::string lines = std::string(key) + ":";
  std::size_t column = lines.size();
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (column + 1 + word.size() > kColumns) {
      lines += "\n ";
      column = 1;
    }
    lines += " " + std::string(word);
    column += 1 + word.size();
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return lines + "\n";
}

std::string Heading(const Preset& preset) {
  std::string text = Paragraph(preset.name, preset.title);
  text += Paragraph("strategy", preset.strategy);
  if (!preset.reference.empty()) text += Paragraph("reference", preset.reference);
  text += Paragraph("bytes", preset.about);
  if (!preset.corrected.empty()) text += Paragraph("corrected", preset.corrected);
  std::string alike;
  for (const Preset& other : Presets()) {
    if (other.spec == preset.spec && other.name != preset.name) {
      alike += (alike.empty() ? "" : ", ") + std::string(other.name);
    }
  }
  if (!alike.empty()) text += Paragraph("the same framing", alike);
  return text;
}

}  // namespace

int Run(const PresetsOptions& options) {
  Output out(STDOUT_FILENO);
  if (!options.name) {
    out.Append(List(options.format));
    return out.Finish(kDone);
  }
  const std::string& name = *options.name;
  const Preset* preset = FindPreset(name.substr(0, name.find_first_of(":,;")));
  const absl::StatusOr<DescribedFramer> framer = DescribedFramer::FromSpec(name);
  const absl::StatusOr<std::string> explained = ExplainSpec(name);
  const bool open = preset != nullptr && preset->name == name;  // may lack an option
  if (!open && (!framer.ok() || !explained.ok()))
    return Fail(framer.ok() ? explained.status() : framer.status(), kUsage);
  if (options.format == PresetsOptions::Format::kJson) {
    const std::string spec = framer.ok() ? framer->spec() : std::string(preset->spec);
    out.Append(Json(preset != nullptr ? *preset : Preset(), spec));
  } else {
    if (preset != nullptr) out.Append(Heading(*preset));
    out.Append(explained.ok() ? *explained : "spec: " + std::string(preset->spec) + "\n");
  }
  return out.Finish(kDone);
}

}  // namespace unstick::inline v0::cli
