#include <nlohmann/json.hpp>

#include "navette/base/utf8.hpp"
#include "navette/cpom/dossier.hpp"

namespace navette::cpom {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxBytes = 4 * 1024 * 1024;  // a catalogue of 1,000 engagements takes less than 1 MiB
constexpr std::size_t kMaxItems = 1'000;

bool means_nothing(std::string_view text) { return text.empty() || text == "—" || text == "-" || text == "au choix"; }

// One item of the array; the first thing wrong with it is kept.
class Item {
 public:
  Item(const Json& item, std::size_t index) : item_(item), name_("engagement n° " + std::to_string(index + 1)) {
    if (!item.is_object()) {
      wrong(ErrorCode::kInvalidArgument, "un objet est attendu");
    } else if (const auto id = item.find("id"); id != item.end() && id->is_string()) {
      name_ += " (" + excerpt(id->get_ref<const std::string&>(), 40) + ")";
    }
  }

  Result<EngagementSeed> read() {
    EngagementSeed seed;
    if (!error_) fill(seed);
    if (error_) return std::unexpected(*error_);
    return seed;
  }

 private:
  void wrong(ErrorCode code, const std::string& message) {
    if (!error_) error_ = Error{code, name_ + " : " + message};
  }

  // As the field of the table takes it.
  std::string accepted(const schema::Field& field, const std::string& typed) {
    if (means_nothing(typed)) return {};
    const auto value = schema::parse(field, typed);
    if (!value) {
      wrong(value.error().code, value.error().message);
      return {};
    }
    return schema::display(*value);
  }

  std::string text(const char* key, KindNumber kind, FieldNumber field, bool required = false) {
    const auto found = item_.find(key);
    const bool absent = found == item_.end() || found->is_null();
    if (!absent && !found->is_string())
      wrong(ErrorCode::kInvalidArgument, std::string("« ") + key + " » doit être un texte");
    if (absent || !found->is_string()) {
      if (required) wrong(ErrorCode::kInvalidArgument, std::string("« ") + key + " » manque");
      return {};
    }
    std::string out = accepted(*cpom_schema().kind(kind)->field(field), found->get<std::string>());
    if (required && out.empty()) wrong(ErrorCode::kInvalidArgument, std::string("« ") + key + " » est vide");
    return out;
  }

  // A measure may be written as a number.
  std::string measure(const Json& value, FieldNumber field) {
    if (value.is_number()) return accepted(*cpom_schema().kind(indicateur::kKind)->field(field), value.dump());
    if (value.is_null()) return {};
    if (value.is_string()) {
      return accepted(*cpom_schema().kind(indicateur::kKind)->field(field), value.get<std::string>());
    }
    wrong(ErrorCode::kInvalidArgument, "une valeur doit être un nombre ou un texte");
    return {};
  }

  void fill(EngagementSeed& seed) {
    seed.identifiant = text("id", engagement::kKind, engagement::kOrigine);
    seed.theme = text("theme", engagement::kKind, engagement::kTheme);
    seed.volet = text("volet", engagement::kKind, engagement::kVolet);
    seed.ancien_code = text("ancien_code", engagement::kKind, engagement::kAncienCode);
    seed.objectif = text("objectif", engagement::kKind, engagement::kObjectif, true);
    IndicateurSeed one;
    one.intitule = text("indicateur", indicateur::kKind, indicateur::kIntitule, true);  // BR-22
    one.mode_calcul = text("mode_calcul", indicateur::kKind, indicateur::kModeCalcul);
    one.unite = text("unite", indicateur::kKind, indicateur::kUnite);
    one.source = text("source", indicateur::kKind, indicateur::kSource);
    if (const auto opposable = item_.find("opposable"); opposable != item_.end()) {
      if (!opposable->is_boolean()) wrong(ErrorCode::kInvalidArgument, "« opposable » doit être vrai ou faux");
      one.opposable = !opposable->is_boolean() || opposable->get<bool>();
    }
    fill_reference(one);
    fill_cibles(one);
    seed.indicateurs.push_back(std::move(one));
  }

  void fill_reference(IndicateurSeed& one) {
    const auto found = item_.find("reference");
    if (found == item_.end() || found->is_null()) return;
    if (found->is_string() && means_nothing(found->get_ref<const std::string&>())) return;
    if (!found->is_array() || found->size() != 2 || !(*found)[1].is_number_integer()) {
      wrong(ErrorCode::kInvalidArgument, "« reference » doit être [valeur, année]");
      return;
    }
    one.reference_valeur = measure((*found)[0], indicateur::kReferenceValeur);
    one.reference_annee = (*found)[1].get<std::int64_t>();
  }

  void fill_cibles(IndicateurSeed& one) {
    const auto found = item_.find("cibles");
    if (found == item_.end() || found->is_null()) return;
    if (!found->is_array() || found->size() > kYears) {
      wrong(ErrorCode::kInvalidArgument, "« cibles » doit être une liste de 5 valeurs au plus");  // BR-25
      return;
    }
    for (std::size_t year = 0; year < found->size(); ++year) {
      one.cibles[year] = measure((*found)[year], static_cast<FieldNumber>(indicateur::kCibleN1 + year));
    }
  }

  const Json& item_;
  std::string name_;
  std::optional<Error> error_;
};

}  // namespace

Result<std::vector<EngagementSeed>> parse_engagements(BytesView json) {
  if (json.size() > kMaxBytes) return fail(ErrorCode::kTooLarge, "ce fichier dépasse 4 Mio : découpez-le");
  const Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded()) return fail(ErrorCode::kMalformed, "ce fichier n'est pas du JSON valide en UTF-8");
  if (!document.is_array()) return fail(ErrorCode::kMalformed, "une liste d'engagements est attendue : [ { … }, … ]");
  if (document.size() > kMaxItems) return fail(ErrorCode::kTooLarge, "plus de 1000 engagements : découpez ce fichier");
  std::vector<EngagementSeed> seeds;
  for (std::size_t index = 0; index < document.size(); ++index) {
    NAVETTE_ASSIGN(EngagementSeed seed, Item(document[index], index).read());
    seeds.push_back(std::move(seed));
  }
  return seeds;
}

}  // namespace navette::cpom
