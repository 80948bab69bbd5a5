#include "bench/traces.hpp"

#include "bench/generator.hpp"
#include "bench/process.hpp"
#include "bench/words.hpp"
#include "navette/base/utf8.hpp"

namespace navette::bench {
namespace {

// "2021-04-19T06:06:58.219Z": only differences count.
std::int64_t second_of(const std::string& time) {
  std::int64_t digits = 0;
  for (const char c : time.substr(0, 19)) {
    if (c >= '0' && c <= '9') digits = digits * 10 + (c - '0');
  }
  return digits;
}

sync::Delta delta_of(const Json& patch) {
  sync::Delta delta;
  delta.retain(patch[0].get<std::uint32_t>());
  delta.insert(patch[2].get<std::string>());
  delta.erase(patch[1].get<std::uint32_t>());
  delta.finish();
  return delta;
}

}  // namespace

Trace read_trace(const std::filesystem::path& gzipped, const std::filesystem::path& scratch) {
  const Json json = Json::parse(run({"gzip", "-dc", gzipped}, scratch / "trace.json"));
  Trace trace{json["startContent"], json["endContent"], {}, {}};
  for (const Json& transaction : json["txns"]) {
    for (const Json& patch : transaction["patches"]) {
      trace.steps.push_back(delta_of(patch));
      trace.seconds.push_back(second_of(transaction["time"]));
    }
  }
  return trace;
}

std::vector<sync::Delta> other_edits(std::string_view base, unsigned count, Others others) {
  const unsigned burst = others == Others::kTyped ? 50 : 1;
  Stream draw("w:1:edits:other");
  std::vector<sync::Delta> steps;
  auto length = static_cast<std::uint32_t>(code_point_count(base));
  std::uint32_t position = 0;
  while (steps.size() < count) {
    if (steps.size() % burst == 0) position = draw() % (length + 1);
    sync::Delta delta;
    if (others == Others::kTyped ? draw() % 8 != 0 || position == 0 : draw() % 2 == 0 || position == length) {
      const std::u32string& word = words()[draw() % words().size()];
      const std::u32string text = others == Others::kTyped ? word.substr(0, 1) : word + U" ";
      delta.retain(position);
      delta.insert(to_utf8(text));
      length += static_cast<std::uint32_t>(text.size());
      if (others == Others::kTyped) ++position;
    } else {
      const std::uint32_t size = others == Others::kTyped ? 1 : std::min(1 + draw() % 20, length - position);
      if (others == Others::kTyped) --position;
      delta.retain(position);
      delta.erase(size);
      length -= size;
    }
    delta.finish();
    steps.push_back(std::move(delta));
  }
  return steps;
}

}  // namespace navette::bench
