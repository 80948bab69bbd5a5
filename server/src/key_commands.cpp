#include "key_commands.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "navette/net/envelope.hpp"
#include "navette/os/files.hpp"
#include "navette/os/system.hpp"

namespace navette::server {

int make_recipient_files(const std::string& name, const std::string& certificate_path, const std::string& key_path) {
  const auto told = [](const Error& error) {
    std::cerr << "navette-server : " << error.message << "\n";
    return 1;
  };
  for (const std::string& path : {certificate_path, key_path}) {
    if (os::exists(path)) {
      return told(
          {ErrorCode::kConflict, "« " + path + " » existe déjà : une clé écrasée n'ouvrirait plus ses sauvegardes"});
    }
  }
  os::SystemClock clock;
  const auto made = net::make_recipient(name, clock.now());
  if (!made) return told(made.error());
  if (const auto written = os::write_file_atomically(key_path, made->key_pem, os::kPrivateFileMode); !written)
    return told(written.error());
  if (const auto written = os::write_file_atomically(certificate_path, made->certificate_pem, os::kSharedFileMode);
      !written)
    return told(written.error());
  std::cout << "Clé de sauvegarde « " << name << " » : gardez " << key_path
            << " hors du serveur, en deux exemplaires. Sans elle, rien ne se restaure.\n"
            << "Sur le serveur : navette-server backup --to FICHIER --recipient " << certificate_path << "\n";
  return 0;
}

int show_rotated(const nlohmann::json& answer) {
  std::cout << "Nouveau certificat pour";
  for (const auto& name : answer.at("names")) std::cout << " " << name.get<std::string>();
  std::cout << ", bon jusqu'au " << answer.at("not_after").get<std::string>()
            << ". Les connexions en cours restent ; les suivantes le voient.\n";
  return 0;
}

}  // namespace navette::server
