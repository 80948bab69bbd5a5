// The référentiel of establishments, as imported.
#include "core.hpp"

namespace navette::server {
namespace {

// A row that is the same already is not touched: `imported` tells when it last changed.
std::uint64_t put_entite(sql::Database& database, const cpom::EntiteJuridique& entite, Timestamp now) {
  auto statement = database.prepare(
      "INSERT INTO ref_entite_juridique(finess, raison_sociale, statut_juridique_code, statut_juridique, statut, "
      "qualite_espic_code, adresse, code_postal, commune, imported) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT(finess) DO UPDATE SET raison_sociale = excluded.raison_sociale, "
      "statut_juridique_code = excluded.statut_juridique_code, statut_juridique = excluded.statut_juridique, "
      "statut = excluded.statut, qualite_espic_code = excluded.qualite_espic_code, adresse = excluded.adresse, "
      "code_postal = excluded.code_postal, commune = excluded.commune, imported = excluded.imported "
      "WHERE (raison_sociale, statut_juridique_code, statut_juridique, statut, qualite_espic_code, adresse, "
      "code_postal, commune) IS NOT (excluded.raison_sociale, excluded.statut_juridique_code, "
      "excluded.statut_juridique, excluded.statut, excluded.qualite_espic_code, excluded.adresse, "
      "excluded.code_postal, excluded.commune)");
  statement.bind_text(1, entite.finess).bind_text(2, entite.raison_sociale).bind_text(3, entite.statut_juridique_code);
  statement.bind_text(4, entite.statut_juridique).bind_text(5, entite.statut).bind_text(6, entite.qualite_espic_code);
  statement.bind_text(7, entite.adresse).bind_text(8, entite.code_postal).bind_text(9, entite.commune);
  statement.bind(10, now.milliseconds).run();
  return static_cast<std::uint64_t>(database.changes());
}

std::uint64_t put_site(sql::Database& database, const std::string& ej, const cpom::Site& site, Timestamp now) {
  auto statement = database.prepare(
      "INSERT INTO ref_site(finess, ej, nom, complement, adresse, code_postal, commune, code_insee, departement, "
      "region_code, region, categorie_code, categorie, siret, imported) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT(finess) DO UPDATE SET ej = excluded.ej, nom = excluded.nom, complement = excluded.complement, "
      "adresse = excluded.adresse, code_postal = excluded.code_postal, commune = excluded.commune, "
      "code_insee = excluded.code_insee, departement = excluded.departement, region_code = excluded.region_code, "
      "region = excluded.region, categorie_code = excluded.categorie_code, categorie = excluded.categorie, "
      "siret = excluded.siret, imported = excluded.imported "
      "WHERE (ej, nom, complement, adresse, code_postal, commune, code_insee, departement, region_code, region, "
      "categorie_code, categorie, siret) IS NOT (excluded.ej, excluded.nom, excluded.complement, excluded.adresse, "
      "excluded.code_postal, excluded.commune, excluded.code_insee, excluded.departement, excluded.region_code, "
      "excluded.region, excluded.categorie_code, excluded.categorie, excluded.siret)");
  statement.bind_text(1, site.finess).bind_text(2, ej).bind_text(3, site.nom).bind_text(4, site.complement);
  statement.bind_text(5, site.adresse).bind_text(6, site.code_postal).bind_text(7, site.commune);
  statement.bind_text(8, site.code_insee).bind_text(9, site.departement).bind_text(10, site.region_code);
  statement.bind_text(11, site.region).bind_text(12, site.categorie_code).bind_text(13, site.categorie);
  statement.bind_text(14, site.siret).bind(15, now.milliseconds).run();
  return static_cast<std::uint64_t>(database.changes());
}

}  // namespace

Result<std::uint64_t> AuthorityStore::import_referential(const std::vector<cpom::EntiteJuridique>& entites,
                                                         Timestamp now) {
  std::uint64_t changed = 0;
  NAVETTE_TRY(core_->write([&](WriteContext& context) {
    for (const cpom::EntiteJuridique& entite : entites) {
      changed += put_entite(context.database, entite, now);
      for (const cpom::Site& site : entite.sites) changed += put_site(context.database, entite.finess, site, now);
    }
  }));
  return changed;
}

Result<cpom::EntiteJuridique> AuthorityStore::entite_juridique(std::string_view finess) const {
  return core_->read([&](sql::Database& database) {
    auto statement = database.prepare(
        "SELECT finess, raison_sociale, statut_juridique_code, statut_juridique, statut, qualite_espic_code, adresse, "
        "code_postal, commune FROM ref_entite_juridique WHERE finess = ?");
    if (!statement.bind_text(1, finess).step()) {
      refuse(ErrorCode::kNotFound, "aucune entité juridique de ce numéro dans le référentiel");
    }
    const auto text = [](const sql::Statement& row, int column) { return std::string(row.text(column)); };
    cpom::EntiteJuridique entite{
        text(statement, 0), text(statement, 1), text(statement, 2), text(statement, 3), text(statement, 4),
        text(statement, 5), text(statement, 6), text(statement, 7), text(statement, 8), {}};
    auto sites = database.prepare(
        "SELECT finess, nom, complement, adresse, code_postal, commune, code_insee, departement, region_code, region, "
        "categorie_code, categorie, siret FROM ref_site WHERE ej = ? ORDER BY finess");
    sites.bind_text(1, finess);
    while (sites.step()) {
      entite.sites.push_back({text(sites, 0), text(sites, 1), text(sites, 2), text(sites, 3), text(sites, 4),
                              text(sites, 5), text(sites, 6), text(sites, 7), text(sites, 8), text(sites, 9),
                              text(sites, 10), text(sites, 11), text(sites, 12)});
    }
    return entite;
  });
}

}  // namespace navette::server
