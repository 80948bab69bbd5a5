#include "portfolio.hpp"

#include <random>
#include <string>

#include "navette/cpom/dossier.hpp"
#include "navette/cpom/numbers.hpp"
#include "navette/cpom/schema.hpp"
#include "navette/schema/finess.hpp"

namespace navette::bench {
namespace {

constexpr std::size_t kEngagements = 22;  // with an indicator, a diagnosis and half of them a second indicator
constexpr std::size_t kTextLength = 1'500;

std::string prose(std::mt19937& random, std::size_t length) {
  static constexpr const char* kWords[] = {"le",         "contrat",     "établissement", "engagement", "séjour",
                                           "médecine",   "prévu",       "réalisé",       "filière",    "urgences",
                                           "territoire", "coopération", "indicateur",    "équipe",     "soins",
                                           "année",      "évolution",   "capacité",      "parcours",   "patients"};
  std::string text;
  while (text.size() < length) {
    std::string sentence;
    for (std::size_t i = 0, n = 8 + random() % 15; i < n; ++i)
      sentence += (i == 0 ? "" : " ") + std::string(kWords[random() % 20]);
    text += sentence + (random() % 8 == 0 ? ".\n" : ". ");
  }
  return text;
}

cpom::EngagementSeed engagement(std::mt19937& random, std::size_t number) {
  cpom::EngagementSeed seed;
  seed.volet = number % 2 == 0 ? "V1" : "V2";
  seed.objectif = prose(random, 200);
  for (std::size_t i = 0; i < 1 + number % 2; ++i) {
    cpom::IndicateurSeed indicateur;
    indicateur.intitule = prose(random, 60);
    indicateur.mode_calcul = prose(random, 100);
    indicateur.unite = "%";
    indicateur.source = "PMSI";
    indicateur.reference_valeur = std::to_string(random() % 100);
    indicateur.reference_annee = 2025;
    for (auto& cible : indicateur.cibles) cible = std::to_string(random() % 100);
    seed.indicateurs.push_back(std::move(indicateur));
  }
  seed.diagnostic.partage = prose(random, kTextLength);
  return seed;
}

}  // namespace

std::vector<PortfolioDossier> make_portfolio(std::size_t dossiers, Clock& clock, Random& random) {
  std::vector<PortfolioDossier> portfolio;
  for (std::size_t n = 0; n < dossiers; ++n) {
    std::mt19937 seeded(static_cast<unsigned>(n));
    cpom::EntiteJuridique entite;
    std::string eight = std::to_string(99100000 + n);
    entite.finess = schema::with_finess_key(eight).value_or("");
    entite.raison_sociale = "ETABLISSEMENT FICTIF " + std::to_string(n);
    cpom::Site site;
    site.finess = schema::with_finess_key(std::to_string(99500000 + n)).value_or("");
    site.nom = entite.raison_sociale;
    site.departement = "99";
    site.region_code = "99";
    entite.sites.push_back(site);
    cpom::DossierContent content;
    content.pilotage.partage = prose(seeded, kTextLength);
    content.territoire.partage = prose(seeded, kTextLength);
    for (std::size_t i = 0; i < kEngagements; ++i) content.engagements.push_back(engagement(seeded, i));
    const auto seeds = cpom::dossier_seed(entite, "2027-01-01", content, clock, random);
    if (!seeds) continue;
    PortfolioDossier dossier;
    dossier.row = {DossierId::make_v7(clock.now(), random),
                   entite.finess,
                   entite.raison_sociale,
                   "2027-01-01",
                   clock.now(),
                   {{site.finess, "99", "99"}}};
    for (const cpom::RecordSeed& seed : *seeds) {
      sync::SeedRecord record{seed.id, seed.kind, {}, {}};
      for (const auto& [number, value] : seed.fields) {
        const schema::Field* field = cpom::cpom_schema().kind(seed.kind)->field(number);
        if (field->type == schema::FieldType::kOwner) {
          record.owner = RecordId::parse(schema::text_of(value)).value_or(RecordId{});
        } else {
          record.values[number] = value;
        }
      }
      dossier.records.push_back(std::move(record));
    }
    portfolio.push_back(std::move(dossier));
  }
  return portfolio;
}

}  // namespace navette::bench
