#include "config/reader.hpp"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

#include "config/yaml.hpp"
#include "testing/temp_dir.hpp"

namespace mp::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

Node Parse(const std::string& text, const std::string& source = "f.yaml") {
    const Result<Node> tree = ParseYaml(text, Origin{source, 0, 1});
    EXPECT_TRUE(tree.ok()) << tree.status();
    return *tree;
}

std::string Message(const Status& status) {
    return std::string(MessageOf(status));
}

TEST(Reader, ReadsEveryType) {
    const Node tree = Parse(R"(
flag: true
small: 65535
negative: -5
ratio: 0.25
name: "8000"
pause: 250ms
list: [a, b]
numbers: [1, 2]
weights: {critical: 8, low: 1}
size: 64KiB
side: sell
maybe: 3
)");
    bool flag = false;
    uint16_t small = 0;
    int negative = 0;
    double ratio = 0;
    std::string name;
    std::chrono::milliseconds pause{};
    std::vector<std::string> list;
    std::vector<uint32_t> numbers;
    std::map<std::string, int> weights;
    size_t size = 0;
    enum class Side { kBuy, kSell } side = Side::kBuy;
    std::optional<int> maybe;
    std::optional<int> absent;
    Reader reader(tree);
    reader.Get("flag", &flag);
    reader.Get("small", &small);
    reader.Get("negative", &negative);
    reader.Get("ratio", &ratio);
    reader.Get("name", &name);
    reader.Get("pause", &pause);
    reader.Get("list", &list);
    reader.Get("numbers", &numbers);
    reader.Get("weights", &weights);
    reader.GetBytes("size", &size);
    reader.GetEnum("side", &side, {{"buy", Side::kBuy}, {"sell", Side::kSell}});
    reader.Get("maybe", &maybe);
    reader.Get("absent", &absent);
    ASSERT_TRUE(reader.Finish().ok()) << reader.Finish();
    EXPECT_TRUE(flag);
    EXPECT_EQ(small, 65535);
    EXPECT_EQ(negative, -5);
    EXPECT_EQ(ratio, 0.25);
    EXPECT_EQ(name, "8000");
    EXPECT_EQ(pause, 250ms);
    EXPECT_THAT(list, ElementsAre("a", "b"));
    EXPECT_THAT(numbers, ElementsAre(1u, 2u));
    EXPECT_THAT(weights, ElementsAre(Pair("critical", 8), Pair("low", 1)));
    EXPECT_EQ(size, 65536u);
    EXPECT_EQ(side, Side::kSell);
    EXPECT_EQ(maybe, 3);
    EXPECT_EQ(absent, std::nullopt);
}

TEST(Reader, ReportsAllErrorsWithFileLineAndKey) {
    const Node tree = Parse(
        "http:\n"
        "  port: 70000\n"
        "  hots: x\n"
        "pause: 5\n"
        "flag: yes\n"
        "count: \"5\"\n"
        "side: left\n"
        "ratio: 2\n"
        "list: a\n"
        "extra: {deep: 1}\n"
    );
    uint16_t port = 1;
    std::string host;
    Duration pause{};
    bool flag = false;
    int count = 0;
    int side = 0;
    double ratio = 0;
    std::string url;
    std::vector<std::string> list;
    Reader reader(tree);
    Reader http = reader.Section("http");
    http.Get("port", &port);
    http.Get("host", &host);
    reader.Get("pause", &pause);
    reader.Get("flag", &flag);
    reader.Get("count", &count);
    reader.GetEnum("side", &side, {{"buy", 1}, {"sell", 2}});
    reader.Get("ratio", &ratio, Between(0.0, 1.0));
    reader.Get("list", &list);
    reader.Require("bus.url", &url);
    EXPECT_EQ(
        Message(reader.Finish()),
        "f.yaml:2: http.port: must lie between 0 and 65535, got 70000\n"
        "f.yaml:4: pause: expected a duration such as 250ms or 1h, got \"5\"\n"
        "f.yaml:5: flag: expected true or false, got \"yes\"\n"
        "f.yaml:6: count: expected an integer, got the text \"5\"\n"
        "f.yaml:7: side: must be one of buy, sell, got left\n"
        "f.yaml:8: ratio: must lie between 0 and 1, got 2\n"
        "f.yaml:9: list: expected a list, got \"a\"\n"
        "f.yaml:1: bus.url: is required but not set\n"
        "f.yaml:3: http.hots: unknown key, did you mean \"host\"?\n"
        "f.yaml:10: extra: unknown key"
    );
}

TEST(Reader, KeepsDefaultsForWhatIsAbsentOrNull) {
    const Node tree = Parse("a: ~\n");
    int a = 7;
    int b = 8;
    Reader reader(tree);
    reader.Get("a", &a);
    reader.Section("nowhere").Get("b", &b, AtLeast(100));
    EXPECT_TRUE(reader.Finish().ok());
    EXPECT_EQ(a, 7);
    EXPECT_EQ(b, 8);
}

TEST(Reader, ReadsMapsOfSections) {
    const Node tree = Parse(
        "venues:\n"
        "  one: {weight: 1}\n"
        "  t.wo: {weight: 2, wieght: 3}\n"
        "  off: ~\n"
        "  bad: 5\n"
    );
    std::map<std::string, int> weights;
    Reader reader(tree);
    reader.ForEach("venues", [&](const std::string& name, Reader& venue) {
        venue.Get("weight", &weights[name]);
    });
    EXPECT_THAT(weights, ElementsAre(Pair("one", 1), Pair("t.wo", 2)));
    EXPECT_EQ(
        Message(reader.Finish()),
        "f.yaml:5: venues.bad: expected a section, got \"5\"\n"
        "f.yaml:3: venues.t.wo.wieght: unknown key, did you mean \"weight\"?"
    );
}

TEST(Reader, AdvisesOnKeysOfOld) {
    const Node tree = Parse("venues: {binance: {futures_url: x}}\n");
    Reader reader(tree);
    reader.ForEach("venues", [](const std::string&, Reader& venue) {
        venue.Replaced("futures_*", "give each market an entry of its own");
    });
    EXPECT_EQ(
        Message(reader.Finish()),
        "f.yaml:1: venues.binance.futures_url: is no longer used: give each market an entry of its "
        "own"
    );
}

TEST(Reader, ReadsSecretsFromFiles) {
    const mp::testing::TempDir directory;
    directory.Write("token", "s3cret\n");
    const std::string file = (directory / "base.yaml").string();
    const Node tree = Parse("a_file: token\nb: plain\nc_file: none\nd: x\nd_file: token\n", file);
    std::string a;
    std::string b;
    std::string c;
    std::string d;
    Reader reader(tree);
    reader.GetSecret("a", &a);
    reader.GetSecret("b", &b);
    reader.GetSecret("c", &c);
    reader.GetSecret("d", &d);
    EXPECT_EQ(a, "s3cret");
    EXPECT_EQ(b, "plain");
    const std::string message = Message(reader.Finish());
    EXPECT_THAT(message, HasSubstr(file + ":3: c_file: cannot read "));
    EXPECT_THAT(message, HasSubstr(file + ":5: d_file: is given beside d"));
    EXPECT_THAT(reader.Effective(), Not(HasSubstr("plain")));
    EXPECT_THAT(reader.Effective(), Not(HasSubstr("s3cret")));
}

TEST(Reader, ASecretFileOfAHigherLayerWins) {
    const mp::testing::TempDir directory;
    const std::string token = directory.Write("token", "new").string();
    Node tree = Parse("a: old\n");
    Merge(*ParseYaml("a_file: " + token + "\n", Origin{"g.yaml", 0, 2}), tree);
    std::string a;
    Reader reader(tree);
    reader.GetSecret("a", &a);
    EXPECT_TRUE(reader.Finish().ok()) << reader.Finish();
    EXPECT_EQ(a, "new");
}

TEST(Reader, ShowsTheEffectiveConfiguration) {
    const Node tree = Parse(
        "redis: {url: 'redis://u:secret@host:6379/0', password: hidden}\njobs: {one: {name: \"a: "
        "b\"}}\n"
    );
    std::string url;
    std::string password;
    Duration pause = 1500ms;
    std::string name;
    Reader reader(tree);
    Reader redis = reader.Section("redis");
    redis.Get("url", &url);
    redis.GetSecret("password", &password);
    redis.Get("pause", &pause);
    reader.ForEach("jobs", [&](const std::string&, Reader& job) { job.Get("name", &name); });
    ASSERT_TRUE(reader.Finish().ok()) << reader.Finish();
    EXPECT_EQ(
        reader.Effective(),
        "redis:\n"
        "  url: redis://u:******@host:6379/0  # f.yaml:1\n"
        "  password: \"******\"  # f.yaml:1\n"
        "  pause: 1500ms  # default\n"
        "jobs:\n"
        "  one:\n"
        "    name: \"a: b\"  # f.yaml:2\n"
    );
    EXPECT_TRUE(ParseYaml(reader.Effective(), Origin{"e", 0, 1}).ok());
    EXPECT_EQ(url, "redis://u:secret@host:6379/0");
    EXPECT_EQ(password, "hidden");
}

TEST(Reader, ShowsWhateverTextAsYaml) {
    const std::string texts[] = {
        std::string("a\0b", 3), "a\rb", "\x1b[0m", "x: y", "- z", "\x7f", "5"};
    for (const std::string& text : texts) {
        const std::string yaml = "key: " + Render(text) + "\n";
        const Result<Node> node = ParseYaml(yaml, Origin{"f", 0, 1});
        ASSERT_TRUE(node.ok()) << yaml;
        EXPECT_EQ(node->Find("key")->scalar, text);
    }
}

TEST(Reader, AddsErrorsOfTheService) {
    const Node tree = Parse("low: 5\nhigh: 3\n");
    int low = 0;
    int high = 0;
    Reader reader(tree);
    reader.Get("low", &low);
    reader.Get("high", &high);
    if (low > high) reader.Fail("low", "must not be above high");
    EXPECT_EQ(Message(reader.Finish()), "f.yaml:1: low: must not be above high");
}

TEST(Convert, SplitsListsFromVariablesAtCommas) {
    Node node;
    node.kind = Node::Kind::kScalar;
    node.scalar = "BTC-USDT,ETH-USDT";
    node.origin.source = "environment X";
    std::vector<std::string> list;
    EXPECT_EQ(Convert(node, list), std::nullopt);
    EXPECT_THAT(list, ElementsAre("BTC-USDT", "ETH-USDT"));
}

TEST(Convert, RefusesWhatIsNotExactlyANumber) {
    for (const char* text : {"", "5x", " 5", "0x10", "1e3", "9223372036854775808", "--1"}) {
        Node node;
        node.kind = Node::Kind::kScalar;
        node.scalar = text;
        int64_t number = 0;
        EXPECT_NE(Convert(node, number), std::nullopt) << text;
        uint64_t bytes = 0;
        EXPECT_EQ(
            ConvertBytes(node, bytes).has_value(), text != std::string_view("9223372036854775808")
        ) << text;
    }
}

TEST(Convert, ReadsBytes) {
    const auto bytes_of = [](const char* text) {
        Node node;
        node.kind = Node::Kind::kScalar;
        node.scalar = text;
        uint64_t bytes = 0;
        return ConvertBytes(node, bytes) ? 0 : bytes;
    };
    EXPECT_EQ(bytes_of("65536"), 65536u);
    EXPECT_EQ(bytes_of("8MB"), 8'000'000u);
    EXPECT_EQ(bytes_of("2GiB"), 2ull << 30);
    EXPECT_EQ(bytes_of("2 GiB"), 0u);
    EXPECT_EQ(bytes_of("18446744073709551615KiB"), 0u);
}

TEST(Checks, SayWhatIsWrong) {
    EXPECT_EQ(Between(1, 5)(3), std::nullopt);
    EXPECT_EQ(AtLeast(Duration(1s))(Duration(5ms)), "must be at least 1s, got 5ms");
    EXPECT_EQ(NotEmpty()(std::string()), "must not be empty");
    const OneOf allowed{"a", "b"};
    EXPECT_EQ(allowed(std::vector<std::string>{"a", "c"}), "must be one of a, b, got c");
    const Url http{"http", "https"};
    EXPECT_EQ(http(std::string("https://host")), std::nullopt);
    EXPECT_EQ(http(std::string("nats://host")), "must be a URL starting with http, https and ://");
    EXPECT_NE(http(std::string("http://")), std::nullopt);
}

}  // namespace
}  // namespace mp::config
