#include "bench/portfolio.hpp"

#include "navette/schema/finess.hpp"

namespace navette::bench {
namespace {

constexpr unsigned kBooleanField = 7;

}  // namespace

Portfolio::Portfolio(unsigned contracts, Clock& clock, Random& random) {
  for (unsigned c = 0; c < contracts; ++c) {
    ContractIds ids;
    ids.dossier = DossierId::make_v7(clock.now(), random);
    for (unsigned i = 0; i < kRecords; ++i) {
      ids.records[i] = RecordId::make_v7(clock.now(), random);
      places_[ids.records[i]] = {i, false};
    }
    for (unsigned i = 0; i < kTexts; ++i) {
      ids.texts[i] = RecordId::make_v7(clock.now(), random);
      places_[ids.texts[i]] = {i, true};
    }
    ids_.push_back(ids);
  }
}

std::string Portfolio::ej(unsigned contract) {
  return schema::with_finess_key(std::to_string(99'100'000 + contract)).value_or("");
}

server::DossierRow Portfolio::row(unsigned contract, Timestamp now) const {
  const std::string site = schema::with_finess_key(std::to_string(99'500'000 + contract)).value_or("");
  return {ids_[contract].dossier, ej(contract), "CONTRAT " + std::to_string(contract),
          "2027-01-01",           now,          {{site, "99", "99"}}};
}

std::vector<sync::SeedRecord> Portfolio::seeds(const Contract& contract) const {
  const ContractIds& ids = ids_[contract.number];
  std::vector<sync::SeedRecord> seeds;
  const RecordId root{ids.dossier.value};
  seeds.push_back({root, contrat::kKind, {}, {{contrat::kPhase, std::string("ouvert")}}});
  for (unsigned i = 0; i < kRecords; ++i) {
    sync::SeedRecord record{ids.records[i], fiche::kKind, {}, {}};
    for (unsigned f = 0; f < kFields; ++f) record.values[fiche::field(f)] = value_of(contract.records[i][f]);
    seeds.push_back(std::move(record));
  }
  for (unsigned i = 0; i < kTexts; ++i)
    seeds.push_back({ids.texts[i], texte::kKind, {}, {{texte::kContenu, contract.texts[i]}}});
  return seeds;
}

NamedState Portfolio::named(unsigned contract, const std::vector<sync::RecordRow>& rows) const {
  NamedState state;
  for (const sync::RecordRow& row : rows) {
    if (row.kind == contrat::kKind) continue;
    const auto place = places_.find(row.id);
    if (place == places_.end()) return {};
    const auto& [number, is_text] = place->second;
    const auto value = [&](schema::FieldNumber field) {
      const auto found = row.values.find(field);
      return found == row.values.end() ? schema::Value{} : found->second;
    };
    if (is_text) {
      state.texts[text_name(contract, number)] = schema::text_of(value(texte::kContenu));
    } else {
      Json& values = state.records[record_name(contract, number)] = Json::array();
      for (unsigned f = 0; f < kFields; ++f) values.push_back(json_of(f, value(fiche::field(f))));
    }
  }
  return state;
}

schema::Value value_of(const Json& value) {
  if (value.is_boolean()) return std::int64_t{value.get<bool>()};
  if (value.is_number()) return value.get<std::int64_t>();
  return value.get<std::string>();
}

Json json_of(unsigned field, const schema::Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (field == kBooleanField) return *number != 0;
    return *number;
  }
  return std::string(schema::text_of(value));
}

}  // namespace navette::bench
