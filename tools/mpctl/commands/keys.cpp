// API keys, in the file that the gateway reads: this works without a running gateway, and takes
// effect in a running one within seconds.

#include <cstdlib>
#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "auth/key_store.hpp"
#include "mpctl/client/json.hpp"
#include "mpctl/commands/command.hpp"
#include "mpctl/text/format.hpp"
#include "mpctl/text/table.hpp"
#include "mpctl/text/terminal.hpp"

namespace mp::mpctl {
namespace {

struct KeyOptions {
    std::string file = ".run/keys.json";
    std::string role = "reader";
    std::string name;
    std::string id;
};

Task<Result<int>> CreateKey(Context& context, KeyOptions options) {
    const Result<auth::Role> role = auth::ParseRole(options.role);
    if (!role.ok()) co_return role.status();
    auth::KeyStore store(options.file);
    const Result<std::string> key = store.Create(options.name, *role, context.clock.Now());
    if (!key.ok()) co_return key.status();
    if (context.json) {
        const Json created = {
            {"key", *key},
            {"id", store.Verify(*key)->id},
            {"role", options.role},
            {"name", options.name}};
        context.out << created.dump() << "\n";
    } else {
        context.out << *key << "\n"
                    << "This is shown once. Use it as --key or MP_API_KEY, or in the header "
                       "X-API-Key.\n";
    }
    co_return 0;
}

Task<Result<int>> ListKeys(Context& context, KeyOptions options) {
    auth::KeyStore store(options.file);
    MP_CO_RETURN_IF_ERROR(store.Refresh());
    Json rows = Json::array();
    Table table({{"ID"}, {"NAME"}, {"ROLE"}, {"CREATED"}});
    for (const auth::KeyInfo& info : store.List()) {
        const std::string role(auth::ToString(info.role));
        const std::string created = FormatTime(info.created);
        rows.push_back({{"id", info.id}, {"name", info.name}, {"role", role}, {"created", created}}
        );
        table.Add({info.id, info.name, role, ShortTime(created)});
    }
    if (context.json) {
        context.out << Json{{"data", rows}}.dump() << "\n";
    } else if (table.empty()) {
        context.out << "no keys in " << options.file << "\n";
    } else {
        context.out << table.Render(Terminal::OfStdout().data_style());
    }
    co_return 0;
}

Task<Result<int>> RevokeKey(Context& context, KeyOptions options) {
    auth::KeyStore store(options.file);
    MP_CO_RETURN_IF_ERROR(store.Revoke(options.id));
    if (context.json) {
        context.out << Json{{"revoked", options.id}}.dump() << "\n";
    } else {
        context.out << "key " << options.id << " is revoked\n";
    }
    co_return 0;
}

}  // namespace

void AddKeys(CLI::App& app, Command& chosen) {
    auto options = std::make_shared<KeyOptions>();
    if (const char* file = std::getenv("MP_KEYS_FILE")) options->file = file;
    CLI::App* const keys = app.add_subcommand("keys", "API keys: create, list, revoke");
    keys->require_subcommand(1);
    keys->add_option("--file", options->file, "the gateway's auth.keys_path (MP_KEYS_FILE)")
        ->capture_default_str();

    CLI::App* const create = keys->add_subcommand("create", "make a key and show it once");
    create->add_option("--role", options->role, "reader, operator or admin")
        ->check(CLI::IsMember({"reader", "operator", "admin"}))
        ->capture_default_str();
    create->add_option("--name", options->name, "whose it is")->required();
    create->callback([&chosen, options] {
        chosen = [options](Context& context) { return CreateKey(context, *options); };
    });
    keys->add_subcommand("list", "all keys; the secrets are not kept")
        ->callback([&chosen, options] {
            chosen = [options](Context& context) { return ListKeys(context, *options); };
        });
    CLI::App* const revoke = keys->add_subcommand("revoke", "end a key for good");
    revoke->add_option("id", options->id, "as `mpctl keys list` shows it")->required();
    revoke->callback([&chosen, options] {
        chosen = [options](Context& context) { return RevokeKey(context, *options); };
    });
}

}  // namespace mp::mpctl
