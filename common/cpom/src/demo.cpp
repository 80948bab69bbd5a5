#include "navette/cpom/demo.hpp"

#include <array>
#include <cstdio>

#include "demo_textes.hpp"
#include "navette/schema/finess.hpp"

namespace navette::cpom {
namespace {

struct Place {
  std::string_view commune;
  std::string_view code_postal;
  std::string_view code_insee;
};

constexpr std::array<Place, 6> kPlaces{{{"VALMARAIS", "99100", "99001"},
                                        {"SAINT-AUBRY-LES-PRES", "99200", "99014"},
                                        {"MONTCLERC", "99300", "99027"},
                                        {"RIVEGRISE", "99400", "99033"},
                                        {"PONT-L'ARBRE", "99500", "99046"},
                                        {"HAUTEBRUYERE", "99600", "99058"}}};

struct Plan {
  std::string_view nom;
  std::string_view statut;
  std::string_view statut_juridique;
  std::string_view categorie_code;
  std::string_view categorie;
  std::size_t place;
  std::array<std::string_view, 4> sites;   // names; "" for none
  std::array<std::size_t, 5> engagements;  // into demo_engagements()
};

constexpr std::string_view kPublic = "public", kLucratif = "privé lucratif", kAssociatif = "privé non lucratif";
constexpr std::string_view kCh = "Centre Hospitalier (C.H.)", kSsr = "Etablissement de santé privé autorisé en SSR",
                           kPluri = "Etablissement de Soins Pluridisciplinaire";

constexpr std::array<Plan, 12> kPlans{{
    {"CENTRE HOSPITALIER DE VALMARAIS",
     kPublic,
     "Etablissement Public Communal d'Hospitalisation",
     "355",
     kCh,
     0,
     {"HOPITAL DU GRAND PRE", "HOPITAL DE JOUR DES TILLEULS", "SMR DU COTEAU", ""},
     {0, 1, 4, 5, 6}},
    {"CENTRE HOSPITALIER DE MONTCLERC",
     kPublic,
     "Etablissement Public Communal d'Hospitalisation",
     "355",
     kCh,
     2,
     {"HOPITAL SAINT-ELOI", "ANTENNE D'URGENCE DE LA GARE", "", ""},
     {0, 2, 3, 5, 6}},
    {"GROUPE HOSPITALIER DES TROIS RIVIERES",
     kPublic,
     "Etablissement Public Intercommunal d'Hospitalisation",
     "355",
     kCh,
     3,
     {"SITE DE RIVEGRISE", "SITE DE PONT-L'ARBRE", "SITE DE HAUTEBRUYERE", "UNITE DE REANIMATION"},
     {1, 3, 4, 6, 11}},
    {"CENTRE PSYCHIATRIQUE DES AULNES",
     kPublic,
     "Etablissement Public Départemental d'Hospitalisation",
     "292",
     "Centre Hospitalier Spécialisé lutte Maladies Mentales",
     1,
     {"HOPITAL DES AULNES", "CMP DE SAINT-AUBRY", "CMP DE MONTCLERC", ""},
     {1, 2, 3, 7, 11}},
    {"CLINIQUE DES BRUYERES",
     kLucratif,
     "Société Anonyme (S.A.)",
     "365",
     kPluri,
     5,
     {"CLINIQUE DES BRUYERES", "", "", ""},
     {0, 2, 3, 6, 11}},
    {"POLYCLINIQUE DU PONT NEUF",
     kLucratif,
     "Société par Actions Simplifiée",
     "365",
     kPluri,
     4,
     {"POLYCLINIQUE DU PONT NEUF", "CENTRE DE DIALYSE DU QUAI", "", ""},
     {1, 2, 5, 6, 10}},
    {"ASSOCIATION SOINS DU VAL",
     kAssociatif,
     "Association Loi 1901 non Reconnue d'Utilité Publique",
     "127",
     "Hospitalisation à Domicile",
     0,
     {"HAD DU VAL", "ANTENNE HAD DE RIVEGRISE", "", ""},
     {1, 2, 3, 8, 4}},
    {"FONDATION CLAIRE-FONTAINE",
     kAssociatif,
     "Fondation",
     "109",
     kSsr,
     1,
     {"CENTRE DE READAPTATION CLAIRE-FONTAINE", "HOPITAL DE JOUR DE MONTCLERC", "", ""},
     {0, 2, 3, 9, 11}},
    {"CLINIQUE DE READAPTATION DU LAC",
     kLucratif,
     "Société par Actions Simplifiée",
     "109",
     kSsr,
     2,
     {"CLINIQUE DU LAC", "", "", ""},
     {1, 2, 3, 9, 11}},
    {"ASSOCIATION REIN ET TERRITOIRE",
     kAssociatif,
     "Association Loi 1901 Reconnue d'Utilité Publique",
     "141",
     "Centre de dialyse",
     3,
     {"UNITE DE RIVEGRISE", "UNITE DE VALMARAIS", "UNITE DE MONTCLERC", "UNITE DE HAUTEBRUYERE"},
     {1, 2, 3, 10, 11}},
    {"HOPITAL DE PROXIMITE DE HAUTEBRUYERE",
     kPublic,
     "Etablissement Public Communal d'Hospitalisation",
     "106",
     "Centre hospitalier, ex Hôpital local",
     5,
     {"HOPITAL DE HAUTEBRUYERE", "", "", ""},
     {0, 3, 4, 5, 11}},
    {"GCS IMAGERIE ET CANCEROLOGIE DU 99",
     kPublic,
     "Groupement de Coopération Sanitaire public",
     "697",
     "Groupement de coopération sanitaire - Etablissement de santé",
     4,
     {"PLATEAU DE PONT-L'ARBRE", "PLATEAU DE VALMARAIS", "", ""},
     {1, 2, 3, 6, 11}},
}};

// The n-th number of the demo range: 99 never occurs in FINESS (B2).
std::string demo_finess(unsigned number) {
  char eight[16];
  std::snprintf(eight, sizeof eight, "9900%04u", number % 10'000);
  return *schema::with_finess_key(eight);
}

std::string filled(std::string_view text, std::string_view nom) {
  static constexpr std::string_view kPlaceholder = "{nom}";
  std::string out(text);
  for (std::size_t at = out.find(kPlaceholder); at != std::string::npos; at = out.find(kPlaceholder, at + nom.size())) {
    out.replace(at, kPlaceholder.size(), nom);
  }
  return out;
}

EntiteJuridique entite_of(const Plan& plan, unsigned rank) {
  const Place& home = kPlaces[plan.place];
  EntiteJuridique entite;
  entite.finess = demo_finess(100 * rank);
  entite.raison_sociale = plan.nom;
  entite.statut_juridique = plan.statut_juridique;
  entite.statut = plan.statut;
  entite.adresse = std::to_string(rank) + " RUE DE L'HOPITAL";
  entite.code_postal = home.code_postal;
  entite.commune = home.commune;
  for (std::size_t i = 0; i < plan.sites.size() && !plan.sites[i].empty(); ++i) {
    const Place& place = kPlaces[(plan.place + i) % kPlaces.size()];
    Site one;
    one.finess = demo_finess(100 * rank + 1 + static_cast<unsigned>(i));
    one.nom = plan.sites[i];
    one.adresse = std::to_string(10 * rank + i) + " AVENUE DES SOINS";
    one.code_postal = place.code_postal;
    one.commune = place.commune;
    one.code_insee = place.code_insee;
    one.departement = "99";
    one.region_code = "99";
    one.region = "Région de démonstration";
    one.categorie_code = plan.categorie_code;
    one.categorie = plan.categorie;
    entite.sites.push_back(std::move(one));
  }
  return entite;
}

EngagementSeed engagement_of(const DemoEngagement& from, const EntiteJuridique& entite, std::size_t rank) {
  EngagementSeed seed;
  seed.identifiant = "démonstration";
  seed.theme = from.theme;
  seed.volet = from.volet;
  seed.objectif = from.objectif;
  // BR-21: every other one at a site, so that both ways of attaching are shown.
  if (rank % 2 == 1) seed.finess = entite.sites[rank % entite.sites.size()].finess;
  IndicateurSeed one;
  one.intitule = from.intitule;
  one.mode_calcul = from.mode_calcul;
  one.unite = from.unite;
  one.source = from.source;
  one.reference_valeur = from.reference;
  one.reference_annee = 2025;
  for (std::size_t year = 0; year < kYears; ++year) one.cibles[year] = from.cibles[year];
  one.opposable = from.theme != "Soins non programmés";  // BR-30: a volume of activity
  seed.indicateurs.push_back(std::move(one));
  const std::string& nom = entite.raison_sociale;
  seed.diagnostic = {filled(from.structure, nom), filled(from.ars, nom), filled(from.partage, nom)};
  return seed;
}

DossierContent content_of(const Plan& plan, const EntiteJuridique& entite) {
  const std::string& nom = entite.raison_sociale;
  DossierContent content;
  for (std::size_t rank = 0; rank < plan.engagements.size(); ++rank) {
    content.engagements.push_back(engagement_of(demo_engagements()[plan.engagements[rank]], entite, rank));
  }
  content.pilotage = {
      filled("{nom} a renouvelé sa gouvernance et engagé un plan d'actions qualité. La trésorerie reste tendue.", nom),
      "Le suivi budgétaire est régulier. Les écarts entre prévision et réalisation doivent être expliqués plus tôt.",
      "Les parties conviennent d'un point financier semestriel. Le plan d'actions qualité y sera présenté."};
  content.territoire = {
      filled("{nom} travaille avec les médecins du bassin, surtout autour des sorties d'hospitalisation.", nom),
      "Les coopérations sont nombreuses mais peu formalisées. La place dans les filières est à préciser.",
      "Les conventions existantes seront recensées avant la première réunion de suivi."};
  content.synthese = {
      "Équipe stable et reconnue. Certification obtenue.", "Recours élevé aux remplacements. Bâtiments vieillissants.",
      "Projet médical partagé du territoire. Maison de santé en construction.",
      "Départs à la retraite de médecins du bassin. Hausse du coût de l'énergie.",
      filled("Conforter la place de {nom} dans son territoire en retrouvant des marges de manœuvre.", nom)};
  return content;
}

}  // namespace

std::vector<DemoEtablissement> demo_etablissements() {
  std::vector<DemoEtablissement> out;
  for (const Plan& plan : kPlans) {
    DemoEtablissement one;
    one.entite = entite_of(plan, static_cast<unsigned>(out.size()) + 1);
    one.date_effet = "2027-01-01";
    one.content = content_of(plan, one.entite);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace navette::cpom
