// Configuration files: YAML, and every kind of value read from it.
#include <cstdint>
#include <map>
#include <optional>

#include "config/reader.hpp"
#include "config/service_config.hpp"
#include "config/yaml.hpp"
#include "fuzz.hpp"

namespace mp::fuzz {

std::vector<std::string> Seeds() {
    return {
        "http:\n  host: 0.0.0.0\n  port: 8000\nservice:\n  name: x\nlog: {level: info}\n",
        "flag: true\nsmall: 65535\nratio: 0.25\npause: 250ms\nlist: [a, b]\nsize: 64KiB\n"
        "weights: {critical: 8}\nside: sell\nsecret: 'x'\nmaybe: ~\njobs: {one: {interval: 1h}}\n",
        "a: &x [1, 2]\nb: *x\n? c\n: d\n",
        "text: |\n  two\n  lines\n",
    };
}

void Try(std::string_view input) {
    const auto tree = config::ParseYaml(std::string(input), config::Origin{"f.yaml", 0, 1});
    if (!tree.ok()) return;
    config::Reader reader(*tree);
    config::ServiceConfig service;
    config::Read(reader, &service);
    bool flag = false;
    uint16_t small = 0;
    double ratio = 0;
    Duration pause{};
    std::vector<std::string> list;
    std::map<std::string, int> weights;
    uint64_t size = 0;
    int side = 1;
    std::optional<int> maybe;
    reader.Get("flag", &flag);
    reader.Get("small", &small, config::Between(1, 100));
    reader.Get("ratio", &ratio, config::Between(0.0, 1.0));
    reader.Get("pause", &pause);
    reader.Get("list", &list, config::NotEmpty());
    reader.Get("weights", &weights);
    reader.GetBytes("size", &size);
    reader.GetEnum("side", &side, {{"buy", 1}, {"sell", 2}});
    reader.Get("maybe", &maybe);
    reader.ForEach("jobs", [](const std::string&, config::Reader& job) {
        Duration interval{};
        job.Get("interval", &interval);
    });
    reader.Replaced("futures_*", "use another entry");
    reader.Finish().IgnoreError();
    const auto printed = config::ParseYaml(reader.Effective(), config::Origin{"e.yaml", 0, 1});
    Require(printed.ok(), "the effective configuration is YAML");
}

}  // namespace mp::fuzz
