// Reading tables and référentiels, on composed bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "navette/cpom/csv.hpp"
#include "navette/cpom/dossier.hpp"
#include "navette/cpom/etablissements.hpp"

namespace navette::cpom {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kHeader = "finess_et;finess_ej;raison_sociale_et;commune;code_insee;departement\r\n";

CsvTable table(BytesView bytes, const CsvLimits& limits = {}) {
  auto parsed = parse_csv(bytes, limits);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return parsed ? std::move(*parsed) : CsvTable{};
}

ImportReport imported(const std::string& bytes) {
  auto report = import_etablissements(bytes);
  EXPECT_TRUE(report.has_value()) << report.error().message;
  return report ? std::move(*report) : ImportReport{};
}

TEST(Csv, QuotesDelimitersAndLineEnds) {
  const CsvTable read = table(
      "\xef\xbb\xbf"
      "a;b;\"c;d\"\r\n1;\"deux \"\"2\"\"\";\"sur\r\ndeux lignes\"\r\n\r\n4;5;");
  EXPECT_EQ(read.delimiter, ';');
  EXPECT_THAT(read.header.fields, ElementsAre("a", "b", "c;d"));
  ASSERT_EQ(read.rows.size(), 2u);
  EXPECT_THAT(read.rows[0].fields, ElementsAre("1", "deux \"2\"", "sur\ndeux lignes"));
  EXPECT_EQ(read.rows[0].line, 2u);
  EXPECT_THAT(read.rows[1].fields, ElementsAre("4", "5", ""));
  EXPECT_EQ(read.rows[1].line, 5u) << "a quoted line end and a blank line count";
  EXPECT_FALSE(read.converted);
}

TEST(Csv, TheHeaderTellsTheDelimiter) {
  EXPECT_EQ(table("a,b,\"c;d;e;f\"\n").delimiter, ',');
  EXPECT_EQ(table("a\tb\n").delimiter, '\t');
  EXPECT_EQ(table("seul\n").delimiter, ';');
}

TEST(Csv, ABrokenRowIsToldAndTheNextOnesAreRead) {
  const CsvTable read = table("a;b\n1;\"x\"y\n2;2\n3;\"jamais\n4;4\n");
  ASSERT_EQ(read.issues.size(), 2u);
  EXPECT_EQ(read.issues[0].line, 2u);
  EXPECT_THAT(read.issues[0].message, HasSubstr("suit un guillemet"));
  EXPECT_EQ(read.issues[1].line, 4u) << "where the quote was opened";
  EXPECT_THAT(read.issues[1].message, HasSubstr("jamais refermé"));
  ASSERT_EQ(read.rows.size(), 2u);
  EXPECT_EQ(read.rows[0].line, 3u);
  EXPECT_EQ(read.rows[1].line, 5u);
}

TEST(Csv, EveryLimitHolds) {
  CsvLimits limits;
  limits.max_record_bytes = 8;
  EXPECT_EQ(table("a;b\n12345678\n", limits).rows.size(), 1u);
  EXPECT_EQ(table("a;b\n1234567890\n12\n", limits).issues.size(), 1u);
  limits = {.max_fields = 2};
  EXPECT_EQ(table("a;b\n1;2\n1;2;3\n", limits).issues.size(), 1u);
  limits = {.max_rows = 1};
  EXPECT_TRUE(parse_csv("a\n1\n", limits).has_value());
  EXPECT_EQ(parse_csv("a\n1\n2\n", limits).error().code, ErrorCode::kTooLarge);
  limits = {.max_bytes = 4};
  EXPECT_EQ(parse_csv("a\n1\n2", limits).error().code, ErrorCode::kTooLarge);
  limits = {.max_fields = 1, .max_issues = 1};
  EXPECT_TRUE(parse_csv("a\n1;2\n", limits).has_value());
  EXPECT_EQ(parse_csv("a\n1;2\n1;2\n", limits).error().code, ErrorCode::kTooLarge);
}

TEST(Csv, WhatIsNoTextIsRefused) {
  EXPECT_EQ(parse_csv("").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(parse_csv(BytesView("a\0;\0b\0", 6)).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(parse_csv("\"a;b\n1;2\n").error().code, ErrorCode::kMalformed);
}

TEST(Csv, AFileThatIsNoTextIsToldByItsName) {
  const std::string utf16(
      "\xff\xfe"
      "f\0i\0n\0e\0s\0s\0",
      14);
  const std::string unmarked("f\0i\0n\0e\0s\0s\0", 12);
  const std::string workbook = std::string("PK\x03\x04", 4) + std::string(100, '\0');
  const std::string executable = "\x7f" + std::string("ELF") + std::string(1, '\0') + std::string(100, 'x');
  EXPECT_THAT(parse_csv(utf16).error().message, HasSubstr("en UTF-16"));
  EXPECT_THAT(parse_csv(unmarked).error().message, HasSubstr("en UTF-16"));
  EXPECT_THAT(parse_csv(workbook).error().message, HasSubstr("un classeur"));
  EXPECT_THAT(parse_csv(executable).error().message, HasSubstr("un fichier binaire"));
  for (const std::string& bytes : {utf16, unmarked, workbook, executable}) {
    EXPECT_THAT(parse_csv(bytes).error().message, HasSubstr("enregistrez-le en CSV UTF-8"));
  }
}

TEST(Csv, OldWindowsFilesAreConverted) {
  const CsvTable read = table(
      "d\xe9signation;co\xfbt \x80\nfa\xe7"
      "ade \x96 \x8c"
      "uvre;\x81\n");
  EXPECT_TRUE(read.converted);
  EXPECT_THAT(read.header.fields, ElementsAre("désignation", "coût €"));
  EXPECT_THAT(read.rows[0].fields, ElementsAre("façade – Œuvre", "\ufffd"));
}

TEST(Import, ColumnsInAnyOrderExtraOnesIgnored) {
  const ImportReport report = imported(
      "inconnue,DEPARTEMENT,commune,raison_sociale_et,finess_ej,finess_et\nx,99,VALMARAIS,\"HOPITAL, SITE "
      "A\",990000010,99 000 002 8\n");
  ASSERT_EQ(report.entites.size(), 1u);
  EXPECT_EQ(report.entites[0].finess, "990000010");
  EXPECT_EQ(report.entites[0].raison_sociale, "") << "never invented";
  ASSERT_EQ(report.entites[0].sites.size(), 1u);
  EXPECT_EQ(report.entites[0].sites[0].finess, "990000028");
  EXPECT_EQ(report.entites[0].sites[0].nom, "HOPITAL, SITE A");
  EXPECT_TRUE(report.issues.empty());
}

TEST(Import, AWrongHeaderNamesAllThatIsMissing) {
  const auto report = import_etablissements("finess_et;nom;commune\n");
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(report.error().message, HasSubstr("finess_ej, raison_sociale_et, departement"));
}

TEST(Import, AFailingKeyIsKeptAWrongLengthIsNot) {
  const ImportReport report = imported(kHeader + "990000029;990000010;A;VALMARAIS;;99\n" +  // key
                                       "99000002;990000010;B;VALMARAIS;;99\n" +             // eight characters
                                       "990000036;99000001;C;VALMARAIS;;99\n" +             // its EJ
                                       "990000101;990000010;D;VALMARAIS\n");                // columns
  EXPECT_EQ(report.counts.rows, 4u);
  EXPECT_EQ(report.counts.sites, 1u);
  EXPECT_EQ(report.counts.skipped, 3u);
  ASSERT_EQ(report.issues.size(), 4u);
  EXPECT_FALSE(report.issues[0].skipped);
  EXPECT_EQ(report.issues[0].line, 2u);
  EXPECT_THAT(report.issues[0].message, HasSubstr("clé de contrôle"));
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_TRUE(report.issues[i].skipped);
    EXPECT_EQ(report.issues[i].line, i + 2);
  }
  EXPECT_EQ(report.entites[0].sites[0].finess, "990000029");
}

TEST(Import, WhatCannotBeAFinessNumberLeavesItsLineOut) {
  const ImportReport report =
      imported(kHeader + "7X0066813;990000010;A;VALMARAIS;;99\n" + "990000028;99000001Z;B;VALMARAIS;;99\n" +
               "2A0000014;990000010;C;AJACCIO;2A004;2A\n");
  EXPECT_EQ(report.counts.skipped, 2u);
  EXPECT_EQ(report.counts.sites, 1u) << "Corsica has letters";
  ASSERT_GE(report.issues.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(report.issues[i].line, i + 2);
    EXPECT_THAT(report.issues[i].message, HasSubstr("n'est pas un numéro FINESS"));
  }
}

TEST(Import, AFailingKeyIsSaidOncePerNumber) {
  const ImportReport report =
      imported(kHeader + "990000028;990000011;A;VALMARAIS;;99\n" + "990000036;990000011;B;VALMARAIS;;99\n" +
               "990000044;990000011;C;VALMARAIS;;99\n");
  EXPECT_EQ(report.counts.sites, 3u);
  EXPECT_EQ(std::ranges::count_if(
                report.issues,
                [](const ImportIssue& issue) { return issue.message.contains("la clé de contrôle de 990000011"); }),
            1);
}

TEST(Import, OfTwoLinesAboutOneSiteTheLastWins) {
  const std::string line = "990000028;990000010;A;VALMARAIS;;99\n";
  const ImportReport same = imported(kHeader + line + line);
  EXPECT_EQ(same.counts.sites, 1u);
  EXPECT_EQ(same.counts.duplicates, 1u);
  ASSERT_EQ(same.issues.size(), 1u);
  EXPECT_THAT(same.issues[0].message, HasSubstr("à l'identique"));
  const ImportReport other = imported(kHeader + line + "990000028;990000101;B;VALMARAIS;;99\n");
  ASSERT_EQ(other.entites.size(), 1u) << "the first EJ has no site left";
  EXPECT_EQ(other.entites[0].finess, "990000101");
  EXPECT_EQ(other.entites[0].sites[0].nom, "B");
  EXPECT_THAT(other.issues[0].message, HasSubstr("remplace"));
}

TEST(Import, OrderOfLinesDoesNotMatter) {
  const std::string a = "990000028;990000010;A;VALMARAIS;;99\n", b = "990000036;990000010;B;VALMARAIS;;99\n",
                    c = "990000119;990000101;C;VALMARAIS;;99\n";
  EXPECT_EQ(imported(kHeader + a + b + c).entites, imported(kHeader + c + b + a).entites);
}

TEST(Import, TheDepartementIsTheCommunesNeverThePrefix) {
  const ImportReport report =
      imported(kHeader + "750712184;750712184;A;AJACCIO;2A004;2A\n" + "990000028;750712184;B;BASTIA;2B033;\n" +
               "990000036;750712184;C;ST DENIS;97411;974\n" + "990000101;750712184;D;BOURG;;1\n" +
               "990000119;750712184;E;LYON;69381;75\n" + "990000127;750712184;F;NULLE PART;;\n");
  std::vector<std::string> found;
  for (const Site& site : report.entites.at(0).sites) found.push_back(site.departement);
  EXPECT_THAT(found, ElementsAre("2A", "2B", "974", "01", "69", ""));
  ASSERT_EQ(report.issues.size(), 2u);
  EXPECT_THAT(report.issues[0].message, HasSubstr("se contredisent"));
  EXPECT_THAT(report.issues[1].message, HasSubstr("département inconnu"));
  EXPECT_EQ(departement_of_commune("97105"), "971");
  EXPECT_EQ(departement_of_commune("97608"), "976");
  EXPECT_EQ(departement_of_commune("7505"), "");
  EXPECT_EQ(departement_of_commune("AB123"), "");
}

TEST(Import, AnEspicQualityThatSitesDoNotShareIsLeftEmpty) {
  const std::string header = "finess_et;finess_ej;raison_sociale_et;commune;departement;qualite_espic_code\n";
  const std::string six = "990000028;990000010;A;VALMARAIS;99;6\n", seven = "990000036;990000010;B;VALMARAIS;99;7\n";
  EXPECT_EQ(imported(header + six).entites.at(0).qualite_espic_code, "6");
  const ImportReport both = imported(header + six + seven);
  EXPECT_EQ(both.entites.at(0).qualite_espic_code, "");
  ASSERT_EQ(both.issues.size(), 1u);
  EXPECT_THAT(both.issues[0].message, HasSubstr("ESPIC"));
}

TEST(Import, OldWindowsFilesAreReadWithANotice) {
  const ImportReport report = imported(kHeader + "990000028;990000010;H\xd4PITAL;VALMARAIS;;99\n");
  EXPECT_EQ(report.entites.at(0).sites.at(0).nom, "HÔPITAL");
  ASSERT_EQ(report.issues.size(), 1u);
  EXPECT_EQ(report.issues[0].line, 0u);
}

TEST(Import, AnEndlessNameIsCut) {
  const ImportReport report = imported(kHeader + "990000028;990000010;" + std::string(201, 'x') + ";VALMARAIS;;99\n");
  EXPECT_EQ(report.entites.at(0).sites.at(0).nom.size(), 200u);
  EXPECT_EQ(report.issues.size(), 1u);
}

std::string item(const std::string& more = "") {
  return R"({"id":"X-1","volet":"V1","objectif":"Un objectif.","indicateur":"Un taux")" + more + "}";
}

TEST(Engagements, OneItemIsRead) {
  const auto seeds = parse_engagements(
      "[" + item(R"(,"reference":["78,0",2025],"cibles":["80",81.5,"oui",null,"85"],"unite":"%")") + "]");
  ASSERT_TRUE(seeds.has_value()) << seeds.error().message;
  const EngagementSeed& one = seeds->at(0);
  EXPECT_EQ(one.identifiant, "X-1");
  EXPECT_EQ(one.volet, "V1");
  ASSERT_EQ(one.indicateurs.size(), 1u);
  EXPECT_EQ(one.indicateurs[0].reference_valeur, "78,0");
  EXPECT_EQ(one.indicateurs[0].reference_annee, 2025);
  EXPECT_THAT(one.indicateurs[0].cibles, ElementsAre("80", "81.5", "oui", "", "85"));
  EXPECT_TRUE(one.indicateurs[0].opposable);
}

TEST(Engagements, AnErrorNamesTheItem) {
  const auto refused = [](const std::string& second, ErrorCode code, std::string_view about) {
    const auto seeds = parse_engagements("[" + item() + "," + second + "]");
    ASSERT_FALSE(seeds.has_value()) << second;
    EXPECT_EQ(seeds.error().code, code) << second;
    EXPECT_THAT(seeds.error().message, HasSubstr("engagement n° 2"));
    EXPECT_THAT(seeds.error().message, HasSubstr(about));
  };
  refused("3", ErrorCode::kInvalidArgument, "objet");
  refused(R"({"id":"X-2","indicateur":"i"})", ErrorCode::kInvalidArgument, "X-2");
  refused(R"({"objectif":"o"})", ErrorCode::kInvalidArgument, "indicateur");
  refused(R"({"objectif":12,"indicateur":"i"})", ErrorCode::kInvalidArgument, "objectif");
  refused(R"({"objectif":")" + std::string(451, 'x') + R"(","indicateur":"i"})", ErrorCode::kTooLarge, "450");
  refused(item(R"(,"ancien_code":"A\u0000")"), ErrorCode::kNotUtf8, "UTF-8");
  refused(item(R"(,"cibles":[1,2,3,4,5,6])"), ErrorCode::kInvalidArgument, "cibles");
  refused(item(R"(,"cibles":[{}])"), ErrorCode::kInvalidArgument, "valeur");
  refused(item(R"(,"reference":["1"])"), ErrorCode::kInvalidArgument, "reference");
  refused(item(R"(,"opposable":"non")"), ErrorCode::kInvalidArgument, "opposable");
}

TEST(Engagements, TheWholeFileIsBounded) {
  EXPECT_EQ(parse_engagements("[").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(parse_engagements("{}").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(parse_engagements(std::string(4 * 1024 * 1024 + 1, ' ')).error().code, ErrorCode::kTooLarge);
  std::string many = "[";
  for (int i = 0; i < 1001; ++i) many += (i == 0 ? "" : ",") + item();
  EXPECT_EQ(parse_engagements(many + "]").error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(parse_engagements(std::string(1'000'000, '[')).error().code, ErrorCode::kMalformed)
      << "depth costs no stack";
}

}  // namespace
}  // namespace navette::cpom
