#include "bench/generator.hpp"

#include <algorithm>
#include <cstdio>

#include "bench/words.hpp"
#include "navette/base/hash.hpp"
#include "navette/base/hex.hpp"
#include "navette/base/utf8.hpp"

namespace navette::bench {
namespace {

std::string label(Stream& draw) {
  const std::size_t target = 20 + draw() % 41;
  std::u32string text;
  while (text.size() < target) {
    if (!text.empty()) text += U' ';
    text += words()[draw() % words().size()];
  }
  return to_utf8(std::u32string_view(text).substr(0, target));
}

Json field_value(unsigned field, Stream& draw) {
  char text[16];
  switch (field) {
    case 0:
      std::snprintf(text, sizeof text, "%08x", draw());
      return text;
    case 1:
      return draw() % 1'000'000;
    case 2:
      return draw() % 100'000'000;
    case 3:
      return draw() % 10'001;
    case 4: {
      const unsigned year = 2000 + draw() % 31;
      const unsigned month = 1 + draw() % 12;
      const unsigned day = 1 + draw() % 28;
      std::snprintf(text, sizeof text, "%04u-%02u-%02u", year, month, day);
      return text;
    }
    case 5:
      return kStatus[draw() % kStatus.size()];
    case 6:
      return "LOT-" + std::to_string(draw() % 10'000);
    case 7:
      return draw() % 2 == 1;
    default:
      return label(draw);
  }
}

char32_t upper(char32_t letter) {
  const bool ascii = letter >= U'a' && letter <= U'z';
  const bool latin = letter >= 0xE0 && letter <= 0xFE;
  return ascii || latin ? letter - 0x20 : letter;
}

std::string prose(Stream& draw, std::size_t target) {
  std::u32string text;
  while (text.size() < target) {
    const unsigned count = 8 + draw() % 15;
    for (unsigned i = 0; i < count; ++i) {
      const std::u32string& word = words()[draw() % words().size()];
      if (i == 0) {
        text += upper(word.front());
        text += word.substr(1);
      } else {
        text += draw() % 12 == 0 ? U", " : U" ";
        text += word;
      }
    }
    text += draw() % 8 == 0 ? U".\n" : U". ";
  }
  return to_utf8(std::u32string_view(text).substr(0, target));
}

std::string stream_name(const char* what, unsigned contract, unsigned item) {
  return std::string("w:1:") + what + ":" + std::to_string(contract) + ":" + std::to_string(item);
}

std::string json_of(const std::vector<Edit>& edits) {
  auto all = nlohmann::ordered_json::array();
  for (const Edit& edit : edits) {
    nlohmann::ordered_json one;
    if (edit.kind == Edit::Kind::kSet) {
      one = {{"k", "s"},
             {"c", edit.contract},
             {"id", record_name(edit.contract, edit.item)},
             {"f", "f" + std::to_string(edit.field)},
             {"v", nullptr}};
      one["v"] = nlohmann::ordered_json::parse(edit.value.dump());
    } else {
      const bool insert = edit.kind == Edit::Kind::kInsert;
      one = {{"k", insert ? "i" : "d"},
             {"c", edit.contract},
             {"id", text_name(edit.contract, edit.item)},
             {"p", edit.position}};
      if (insert) one["s"] = edit.inserted;
      if (!insert) one["n"] = edit.count;
    }
    all.push_back(std::move(one));
  }
  return all.dump();
}

}  // namespace

Stream::Stream(std::string_view name) : state_(0x811c9dc5) {
  for (const char letter : name) state_ = (state_ ^ static_cast<unsigned char>(letter)) * 0x01000193;
}

std::uint32_t Stream::operator()() {
  state_ += 0x6D2B79F5;
  std::uint32_t t = state_;
  t = (t ^ (t >> 15)) * (t | 1);
  t ^= t + (t ^ (t >> 7)) * (t | 61);
  return t ^ (t >> 14);
}

std::array<Json, kFields> make_record(unsigned contract, unsigned record) {
  Stream draw(stream_name("rec", contract, record));
  std::array<Json, kFields> values;
  for (unsigned f = 0; f < kFields; ++f) values[f] = field_value(f, draw);
  return values;
}

std::string make_text(unsigned contract, unsigned text) {
  Stream draw(stream_name("txt", contract, text));
  const std::size_t target = 1'400 + draw() % 201;
  return prose(draw, target);
}

Contract make_contract(unsigned number) {
  Contract contract;
  contract.number = number;
  for (unsigned i = 0; i < kRecords; ++i) contract.records[i] = make_record(number, i);
  for (unsigned i = 0; i < kTexts; ++i) contract.texts[i] = make_text(number, i);
  return contract;
}

std::vector<Contract> make_contracts(unsigned count) {
  std::vector<Contract> contracts;
  for (unsigned i = 0; i < count; ++i) contracts.push_back(make_contract(i));
  return contracts;
}

std::vector<Edit> make_edits(std::string_view client, unsigned count, unsigned contracts,
                             const std::vector<Contract>& base) {
  Stream draw("w:1:edits:" + std::string(client));
  std::map<std::pair<unsigned, unsigned>, std::uint32_t> lengths;
  const auto length_of = [&](unsigned contract, unsigned item) -> std::uint32_t& {
    const auto [found, made] = lengths.try_emplace({contract, item}, 0);
    if (made) {
      found->second = static_cast<std::uint32_t>(
          code_point_count(contract < base.size() ? base[contract].texts[item] : make_text(contract, item)));
    }
    return found->second;
  };
  std::vector<Edit> edits;
  while (edits.size() < count) {
    const unsigned kind = draw() % 100;
    Edit edit;
    edit.contract = draw() % contracts;
    if (kind >= 20) {
      edit.item = draw() % kRecords;
      edit.field = draw() % kFields;
      edit.value = field_value(edit.field, draw);
      edits.push_back(std::move(edit));
      continue;
    }
    edit.item = draw() % kTexts;
    const bool insert = draw() % 2 == 1;
    std::uint32_t& length = length_of(edit.contract, edit.item);
    edit.position = draw() % (length + 1);
    const std::uint32_t size = 1 + draw() % 20;
    edit.kind = Edit::Kind::kInsert;
    if (insert) {
      std::u32string text;
      while (text.size() < size) text += words()[draw() % words().size()] + U" ";
      edit.inserted = to_utf8(std::u32string_view(text).substr(0, size));
      length += size;
    } else if (edit.count = std::min(size, length - edit.position); edit.count != 0) {
      edit.kind = Edit::Kind::kErase;
      length -= edit.count;
    } else {
      edit.inserted = ".";
      ++length;
    }
    edits.push_back(std::move(edit));
  }
  return edits;
}

std::string apply_edit(const Edit& edit, std::string_view text) {
  std::u32string points = to_code_points(text);
  if (edit.kind == Edit::Kind::kErase) points.erase(edit.position, edit.count);
  if (edit.kind == Edit::Kind::kInsert) points.insert(edit.position, to_code_points(edit.inserted));
  return to_utf8(points);
}

std::string record_name(unsigned contract, unsigned record) {
  return "c" + std::to_string(contract) + "-r" + std::to_string(record);
}
std::string text_name(unsigned contract, unsigned text) {
  return "c" + std::to_string(contract) + "-t" + std::to_string(text);
}

NamedState named(const Contract& contract) {
  NamedState state;
  for (unsigned i = 0; i < kRecords; ++i) state.records[record_name(contract.number, i)] = contract.records[i];
  for (unsigned i = 0; i < kTexts; ++i) state.texts[text_name(contract.number, i)] = contract.texts[i];
  return state;
}

std::string canonical(const NamedState& state) {
  std::string text;
  for (const auto& [name, values] : state.records) text += name + " " + values.dump() + "\n";
  for (const auto& [name, content] : state.texts) text += name + " " + Json(content).dump() + "\n";
  return text;
}

std::string canonical(const std::vector<Contract>& contracts) {
  std::string text;
  for (const Contract& contract : contracts) text += canonical(named(contract));
  return text;
}

std::string wrong_check_value() {
  const auto contracts = make_contracts(120);
  const std::pair<const char*, std::pair<std::string, const char*>> checks[] = {
      {"state of 120 contracts",
       {canonical(contracts), "649827b9f1afa169f0a8c816a6a079d6e6ac116261ba7b49e055350724483949"}},
      {"contract 0",
       {canonical(named(contracts[0])), "f56ae0a371ce9200d5f36720813f9c3ab39c95640854ae0dce760f78848f071a"}},
      {"edits A",
       {json_of(make_edits("A", 2'000, 10, contracts)),
        "98c27aeb1e15e14f1d281b9bd5681bfcc67347c40978ba4949cf24d9d3093075"}},
      {"edits B",
       {json_of(make_edits("B", 2'000, 10, contracts)),
        "e3e95d3a549d72bc855d371e507e53b921764c8bee8b6c237af21bfdc9d31092"}}};
  for (const auto& [what, check] : checks) {
    if (to_hex(sha256(check.first).bytes()) != check.second) return what;
  }
  return {};
}

}  // namespace navette::bench
