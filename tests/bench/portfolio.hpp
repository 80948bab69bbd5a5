// Contracts of the generator as dossiers: under which ids, and what a replica or an authority makes of them.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "bench/generator.hpp"
#include "bench/schema.hpp"
#include "navette/server/store_types.hpp"
#include "navette/sync/replica_store.hpp"

namespace navette::bench {

struct ContractIds {
  DossierId dossier;
  std::array<RecordId, kRecords> records;
  std::array<RecordId, kTexts> texts;
};

class Portfolio {
 public:
  Portfolio() = default;
  Portfolio(unsigned contracts, Clock& clock, Random& random);

  [[nodiscard]] const std::vector<ContractIds>& ids() const { return ids_; }
  [[nodiscard]] const ContractIds& operator[](unsigned contract) const { return ids_[contract]; }
  [[nodiscard]] server::DossierRow row(unsigned contract, Timestamp now) const;
  [[nodiscard]] static std::string ej(unsigned contract);  // its FINESS: a scope names a dossier by it
  [[nodiscard]] std::vector<sync::SeedRecord> seeds(const Contract& contract) const;
  // The canonical state of what these rows say. Records that are not of the contract are an error: empty.
  [[nodiscard]] NamedState named(unsigned contract, const std::vector<sync::RecordRow>& rows) const;

 private:
  std::vector<ContractIds> ids_;
  std::map<RecordId, std::pair<unsigned, bool>> places_;  // number in its contract, whether it is a text
};

[[nodiscard]] schema::Value value_of(const Json& value);
[[nodiscard]] Json json_of(unsigned field, const schema::Value& value);

}  // namespace navette::bench
