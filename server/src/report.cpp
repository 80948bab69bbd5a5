#include "report.hpp"

#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "navette/base/utf8.hpp"

namespace navette::server {

using nlohmann::json;

namespace {

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "–";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

// Left-aligned in so many columns: counts characters, not bytes.
std::string cell(const std::string& value, std::size_t width) {
  const std::size_t length = code_point_count(value);
  if (length > width) return to_utf8(to_code_points(value).substr(0, width - 1)) + "…";
  return value + std::string(width - length, ' ');
}

// The names of the wire are those of the code.
std::string stream_name(const std::string& stream) {
  if (stream == "shared") return "partagé";
  return stream == "structure" ? "de l'établissement" : "de l'agence";
}

std::string counted(std::uint64_t number, const char* one, const char* several) {
  return std::to_string(number) + " " + (number < 2 ? one : several);
}

}  // namespace

int show_import(const json& answer) {
  for (const json& issue : answer.at("issues")) {
    const auto line = issue.at("line").get<std::size_t>();
    std::cout << (line == 0 ? std::string("fichier") : "ligne " + std::to_string(line)) << " : "
              << issue.at("message").get<std::string>() << "\n";
  }
  std::cout << answer.at("rows") << " lignes lues : " << answer.at("sites") << " sites de " << answer.at("entites")
            << " entités juridiques, " << answer.at("skipped") << " lignes écartées, " << answer.at("changed")
            << " fiches nouvelles ou changées.\n";
  return 0;
}

int show_dossiers(const json& answer) {
  for (const json& dossier : answer.at("dossiers")) {
    std::cout << text(dossier, "dossier") << "  " << text(dossier, "ej") << "  " << cell(text(dossier, "name"), 44);
    if (dossier.contains("date_effet")) std::cout << "  " << text(dossier, "date_effet");
    if (dossier.contains("sites")) std::cout << "  " << dossier.at("sites").size() << " site(s)";
    std::cout << "\n";
  }
  return 0;
}

int show_code(const json& answer) {
  std::cout << answer.at("code").get<std::string>() << "\n";
  return 0;
}

int show_accounts(const json& answer) {
  for (const json& account : answer.at("accounts")) {
    std::cout << cell(text(account, "name"), 30) << "  " << cell(text(account, "role"), 14) << "  "
              << text(account, "scope") << (account.at("suspended").get<bool>() ? "  suspendu" : "") << "\n";
  }
  return 0;
}

int show_status(const json& answer) {
  std::cout << text(answer, "name") << " — époque " << text(answer, "epoch") << ", "
            << (answer.at("serving").get<bool>() ? "en service" : "arrêté") << "\n"
            << counted(answer.at("dossiers").size(), "dossier", "dossiers") << ", "
            << counted(answer.at("revisions"), "révision", "révisions") << ", "
            << counted(answer.at("conflicts"), "conflit ouvert", "conflits ouverts") << ", " << answer.at("refusals")
            << " refus ; dernière sauvegarde : " << text(answer, "last_backup") << "\n\nPostes\n";
  std::cout << cell("compte", 26) << cell("poste", 24) << cell("état", 12) << cell("vu", 22) << cell("retard", 8)
            << cell("brouillons", 12) << cell("envois", 8) << cell("refus", 7) << "identifiant\n";
  for (const json& device : answer.at("devices")) {
    const bool revoked = device.at("revoked").get<bool>();
    const bool connected = device.at("connected").get<bool>();
    std::cout << cell(text(device, "account"), 26) << cell(text(device, "name"), 24)
              << cell(revoked     ? "révoqué"
                      : connected ? "connecté"
                                  : "absent",
                      12)
              << cell(text(device, "last_seen"), 22) << cell(text(device, "head_lag"), 8)
              << cell(text(device, "drafts"), 12) << cell(text(device, "outbox"), 8)
              << cell(text(device, "refusals"), 7) << text(device, "device") << "\n";
    if (device.at("outbox_age_ms").is_number() && device.at("outbox_age_ms") > 60'000) {
      std::cout << "  un envoi y attend depuis " << device.at("outbox_age_ms").get<std::int64_t>() / 60'000 << " min\n";
    }
  }
  bool told = false;
  for (const json& dossier : answer.at("dossiers")) {
    if (dossier.at("conflicts") == 0 && dossier.at("refusals") == 0) continue;
    if (!std::exchange(told, true)) std::cout << "\nDossiers en conflit ou avec refus\n";
    std::cout << text(dossier, "dossier") << "  " << cell(text(dossier, "name"), 44) << "  " << dossier.at("conflicts")
              << " conflit(s), " << dossier.at("refusals") << " refus\n";
  }
  return 0;
}

int show_problems(const json& answer) {
  for (const json& problem : answer.at("problems")) {
    if (!problem.at("dossier").is_null()) {
      std::cout << "dossier " << text(problem, "dossier") << ", ";
      if (problem.at("revision") != 0) {
        std::cout << "flux " << stream_name(text(problem, "stream")) << ", révision " << problem.at("revision")
                  << " : ";
      }
    }
    std::cout << text(problem, "text") << "\n";
  }
  if (!answer.at("problems").empty()) return 1;
  std::cout << "Tout est conforme : chaînes, empreintes, sceaux, base.\n";
  return 0;
}

int show_backup(const json& answer) {
  std::cout << "Sauvegarde faite : " << answer.at("dossiers") << " dossiers, " << answer.at("revisions")
            << " révisions.\n";
  return 0;
}

int show_nothing(const json&) {
  std::cout << "C'est fait.\n";
  return 0;
}

}  // namespace navette::server
