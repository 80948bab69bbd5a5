#include "bench/words.hpp"

#include <algorithm>

namespace navette::bench {
namespace {

std::vector<std::u32string> split(std::u32string_view text) {
  std::vector<std::u32string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(U' '), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

}  // namespace

const std::vector<std::u32string>& words() {
  static const std::vector<std::u32string> list = split(
      U"le la les de des du un une et à au aux en pour par sur dans avec sans sous entre le bail preneur "
      U"bailleur contrat convention échéance loyer charges locaux surface bâtiment étage parking société "
      U"siège représentée agissant qualité dûment habilité présente annexe article clause durée prorogation "
      U"résiliation indemnité garantie dépôt caution versement trimestre semestre année indexation indice "
      U"référence révision montant hors taxe franchise travaux réparation entretien assurance sinistre "
      U"responsabilité notification lettre recommandée accusé réception délai préavis renouvellement congé "
      U"cession sous-location destination activité commerciale état lieux entrée sortie répartition "
      U"quote-part tantièmes copropriété règlement intérieur syndic assemblée générale tribunal compétent "
      U"litige médiation élection domicile paraphe signature exemplaire original enregistrement droits frais "
      U"honoraires ne pas sera sont est doit devra pourra peut être fait faire prendre rendre donner "
      U"conformément notamment toutefois également ainsi toute tout tous chaque même autre dit ladite "
      U"lesdits suivant prévu fixé établi convenu accepté réservé exclu compris");
  return list;
}

}  // namespace navette::bench
