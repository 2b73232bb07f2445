#include "config/sources.hpp"

#include <gtest/gtest.h>

#include "config/yaml.hpp"
#include "testing/temp_dir.hpp"

namespace mp::config {
namespace {

using mp::testing::TempDir;

std::string TextAt(const Node& tree, std::string_view section, std::string_view key) {
    const Node* node = tree.Find(section);
    node = node ? node->Find(key) : nullptr;
    return node ? node->scalar : "(absent)";
}

TEST(LoadTree, LaysTheLayersOverEachOther) {
    const TempDir directory;
    directory.Write("base.yaml", "bus: {url: base, a: 1, b: 1, c: 1, d: 1, e: 1}\n");
    directory.Write("production.yaml", "bus: {b: 2, c: 2, d: 2, e: 2}\n");
    directory.Write("local.yaml", "bus: {c: 3, d: 3, e: 3}\n");
    const auto tree = LoadTree({
        .directory = directory.path(),
        .environment = "production",
        .overrides = {"bus.e=5"},
        .well_known_names = {{"NATS_URL", "bus.url"}, {"UNSET", "bus.a"}},
        .variables =
            {{"MP_BUS__D", "4"}, {"MP_BUS__E", "4"}, {"NATS_URL", "nats://n"}, {"MP_X", "1"}},
    });
    ASSERT_TRUE(tree.ok()) << tree.status();
    EXPECT_EQ(TextAt(*tree, "bus", "url"), "nats://n");
    EXPECT_EQ(TextAt(*tree, "bus", "a"), "1");
    EXPECT_EQ(TextAt(*tree, "bus", "b"), "2");
    EXPECT_EQ(TextAt(*tree, "bus", "c"), "3");
    EXPECT_EQ(TextAt(*tree, "bus", "d"), "4");
    EXPECT_EQ(TextAt(*tree, "bus", "e"), "5");
    EXPECT_EQ(
        tree->Find("bus")->Find("c")->origin.ToString(), (directory / "local.yaml").string() + ":1"
    );
    EXPECT_EQ(tree->Find("bus")->Find("d")->origin.ToString(), "environment MP_BUS__D");
    EXPECT_EQ(tree->Find("MP_X"), nullptr);
}

TEST(LoadTree, FindsKeysOfVariablesWithoutCaseAndDashes) {
    const TempDir directory;
    directory.Write("base.yaml", "venues:\n  binance-spot: {enabled: true}\n");
    const auto tree = LoadTree({
        .directory = directory.path(),
        .variables = {{"MP_VENUES__BINANCE_SPOT__ENABLED", "false"}, {"MP_NEW__KEY_TWO", "x"}},
    });
    ASSERT_TRUE(tree.ok()) << tree.status();
    EXPECT_EQ(tree->Find("venues")->Find("binance-spot")->Find("enabled")->scalar, "false");
    EXPECT_EQ(TextAt(*tree, "new", "key_two"), "x");
}

TEST(LoadTree, ReadsListsAndMapsFromOverrides) {
    const auto tree =
        LoadTree({.overrides = {"a.list=[x, 'y z']", "a.map={k: 1}", "a.glob=*-USDT"}});
    ASSERT_TRUE(tree.ok()) << tree.status();
    EXPECT_EQ(tree->Find("a")->Find("list")->items[1].scalar, "y z");
    EXPECT_EQ(tree->Find("a")->Find("list")->items[1].origin.ToString(), "--set a.list");
    EXPECT_EQ(tree->Find("a")->Find("map")->Find("k")->scalar, "1");
    EXPECT_EQ(TextAt(*tree, "a", "glob"), "*-USDT");
}

TEST(LoadTree, ReportsAllBrokenSourcesAtOnce) {
    const TempDir directory;
    directory.Write("base.yaml", "a: 1\nb: [1, 2\n");
    directory.Write("local.yaml", "- a\n");
    const auto tree = LoadTree({
        .directory = directory.path(),
        .environment = "nowhere",
        .environment_required = true,
        .overrides = {"novalue", "=x", "a..b=1"},
    });
    const std::string message(MessageOf(tree.status()));
    EXPECT_NE(message.find("base.yaml:3: "), std::string::npos) << message;
    EXPECT_NE(message.find("nowhere.yaml: cannot be read"), std::string::npos) << message;
    EXPECT_NE(message.find("local.yaml:1: must be a map"), std::string::npos) << message;
    EXPECT_NE(message.find("--set novalue: must be key.path=value"), std::string::npos) << message;
    EXPECT_NE(message.find("--set =x: must be"), std::string::npos) << message;
    EXPECT_NE(message.find("--set a..b: not a key"), std::string::npos) << message;
}

TEST(LoadTree, NeedsBaseYamlOnlyWhereThereIsADirectory) {
    const TempDir directory;
    EXPECT_FALSE(LoadTree({.directory = directory.path()}).ok());
    EXPECT_TRUE(LoadTree({}).ok());
    directory.Write("base.yaml", "# nothing yet\n");
    EXPECT_TRUE(LoadTree({.directory = directory.path()}).ok());
}

TEST(ParseYaml, RefusesWhatWouldBeLostSilently) {
    const auto error_of = [](const std::string& text) {
        return std::string(MessageOf(ParseYaml(text, Origin{"f", 0, 1}).status()));
    };
    EXPECT_EQ(error_of("a: 1\nb: 2\na: 3\n"), "f:3: key \"a\" is given twice");
    EXPECT_EQ(error_of("a: 1\n---\nb: 1\n"), "f:3: more than one document");
    EXPECT_EQ(error_of("[a]: 1\n"), "f:1: a key must be plain text");
    EXPECT_NE(error_of("a: &x [*x]\n").find("nested too deep"), std::string::npos);
    EXPECT_NE(error_of("a: *-USDT\n").find("f:1: "), std::string::npos);
    EXPECT_EQ(error_of("x: 1\na: \"open\nb: 2\n"), "f:2: a quote is not closed");
    EXPECT_EQ(error_of("a: {b: [1, 'open\n"), "f:2: end of sequence flow not found");
    EXPECT_EQ(error_of("a: |\n  text\nb: \"closed\"\n"), "");
    EXPECT_EQ(error_of("{a: 'closed'}\n"), "");
    std::string deep;
    for (int i = 0; i < 1000; ++i) deep += "[";
    EXPECT_NE(error_of(deep), "");
}

TEST(ParseYaml, EndsWhereYamlCppFindsNoEnd) {
    for (const std::string text : {",", ",tex |\n  two\n", ",\na: 1\n"}) {
        EXPECT_FALSE(ParseYaml(text, Origin{"f", 0, 1}).ok()) << text;
    }
    for (const std::string text : {"", "# nothing\n", "~\n", "---\n"}) {
        const Result<Node> node = ParseYaml(text, Origin{"f", 0, 1});
        ASSERT_TRUE(node.ok()) << text;
        EXPECT_EQ(node->kind, Node::Kind::kNull) << text;
    }
}

TEST(Merge, ANullRemovesWhatIsBelow) {
    Node lower = *ParseYaml("a: {b: 1}\nc: 1\n", Origin{"lower", 0, 1});
    Merge(*ParseYaml("a: ~\n", Origin{"upper", 0, 2}), lower);
    EXPECT_EQ(lower.Find("a")->kind, Node::Kind::kNull);
    EXPECT_EQ(lower.Find("c")->scalar, "1");
}

}  // namespace
}  // namespace mp::config
