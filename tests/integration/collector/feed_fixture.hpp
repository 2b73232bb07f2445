#pragma once
// A feed against a venue that does as it is told: spot in the ways of Binance, on a free port.

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bus/connection.hpp"
#include "collector/feed/feed.hpp"
#include "collector/rest/budgets.hpp"
#include "collector/spool/spool.hpp"
#include "collector/venues/registry.hpp"
#include "net/http_server.hpp"
#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "telemetry/metric_registry.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"
#include "testing/temp_dir.hpp"
#include "wire/batch.hpp"
#include "wire/event_codec.hpp"

namespace mp::collector {

using namespace std::chrono_literals;

class FeedFixture : public ::testing::Test {
  protected:
    FeedFixture() {
        net::Router router;
        router.Get("/api/v3/exchangeInfo", [this](const net::HttpRequest&) { return List(); });
        router.Get("/api/v3/depth", [this](const net::HttpRequest&) { return Depth(); });
        router.HandleWebSocket("/stream", [this](net::WebSocket& socket, const net::HttpRequest&) {
            return Serve(socket);
        });
        server_.emplace(*net::HttpServer::Listen(runner_.executor(), {}, std::move(router)));
        runner_.Start(server_->Run());
    }

    Task<net::HttpResponse> List() {
        ++lists_;
        listed_.NotifyAll();
        std::string symbols;
        for (const std::string& base : listing_) {
            symbols += (symbols.empty() ? "" : ",") + std::string(R"({"symbol":")") + base +
                       R"(USDT","status":")" + status_ + R"(","baseAsset":")" + base +
                       R"(","quoteAsset":"USDT","filters":[]})";
        }
        co_return net::JsonResponse(200, R"({"symbols":[)" + symbols + "]}");
    }

    // One after the other; the last one again and again.
    Task<net::HttpResponse> Depth() {
        const size_t at = std::min(depths_asked_++, depths_.size() - 1);
        co_return net::JsonResponse(200, depths_[at]);
    }

    // Says the greeting to the first request. Acknowledges every request, remembers what is
    // subscribed.
    Task<> Serve(net::WebSocket& socket) {
        socket_ = &socket;
        static const std::regex kStream("\"([a-z]+usdt@[a-z]+)\"");
        static const std::regex kId("\"id\":(\\d+)");
        for (;;) {
            const auto request = co_await socket.Receive(Deadline::After(30s));
            if (!request.ok()) co_return;
            const std::string text(request->data);
            const bool add = text.find("\"SUBSCRIBE\"") != std::string::npos;
            for (std::sregex_iterator at(text.begin(), text.end(), kStream), end; at != end; ++at) {
                if (add) {
                    subscribed_.insert((*at)[1]);
                } else {
                    subscribed_.erase((*at)[1]);
                }
            }
            std::smatch id;
            std::regex_search(text, id, kId);
            const std::string answer = R"({"result":null,"id":)" + id[1].str() + "}";
            const Status sent = co_await socket.Send(answer, Deadline::After(10s));
            if (!sent.ok()) co_return;
            const std::string greeting = std::exchange(greeting_, {});
            if (!greeting.empty()) (void)co_await socket.Send(greeting, Deadline::After(10s));
            listed_.NotifyAll();
        }
    }

    // On the connection that was opened last.
    void Say(std::string frame) {
        const Status sent = runner_.Run(socket_->Send(std::move(frame), Deadline::After(10s)));
        EXPECT_TRUE(sent.ok()) << sent;
    }

    // Whoever wants other things than trades says so in `types_`, `config_`.
    void Start(std::vector<std::string> symbols, std::vector<std::string> exclude = {}) {
        VenueConfig venue;
        venue.name = "binance_spot";
        venue.exchange = "binance";
        venue.market = model::Market::kSpot;
        venue.rest_url = "http://127.0.0.1:" + std::to_string(server_->port());
        venue.ws_url = "ws://127.0.0.1:" + std::to_string(server_->port());
        venue.symbols = std::move(symbols);
        venue.exclude = std::move(exclude);
        venue.data_types = types_;
        Collect(std::move(venue));
    }

    void Collect(VenueConfig venue) {
        config_.listings_refresh = 10ms;
        feed_.emplace(
            runner_.executor(),
            venue,
            std::move(*MakeVenue(venue)),
            config_,
            FeedOutput{lanes_, claims_, series_, metrics_, dead_letters_, budgets_, 8, "collector"},
            InstrumentChanges(std::filesystem::path()),
            Shard("collector", 1)
        );
        runner_.Start(RunFeed());
    }

    Task<> RunFeed() {
        (void)co_await runtime::FirstOf(feed_->Run(), Stopped());
        ended_.Set();
    }
    Task<Status> Stopped() {
        co_await stop_.Wait();
        co_return OkStatus();
    }

    void TearDown() override {
        stop_.Set();
        if (!feed_) return;
        const bool ended = runner_.Run(ended_.Wait(Deadline::After(10s)));
        EXPECT_TRUE(ended);
    }

    bool Until(const std::function<bool()>& predicate) {
        const auto wait = [&]() -> Task<bool> {
            const Deadline deadline = Deadline::After(20s);
            while (!predicate() && !deadline.Passed()) {
                (void)co_await listed_.Wait(Deadline::After(10ms));
            }
            co_return predicate();
        };
        return runner_.Run(wait());
    }

    // What nothing tells of.
    bool Await(const std::function<bool()>& predicate) {
        const auto wait = [&]() -> Task<bool> {
            const Deadline deadline = Deadline::After(20s);
            while (!predicate() && !deadline.Passed()) {
                (void)co_await listed_.Wait(Deadline::After(5ms));
            }
            co_return predicate();
        };
        return runner_.Run(wait());
    }

    // After so many further lists.
    bool AfterLists(int count) {
        const int goal = lists_ + count;
        return Until([this, goal] { return lists_ >= goal; });
    }

    // Of everything that was sent so far: action(instrument, event).
    template <typename Action>
    void ForEachEvent(Action action) {
        Spool::Cursor cursor = spool_->ReadAfter(0);
        wire::BatchReader reader;
        wire::EventDecoder decoder;
        for (;;) {
            const auto record = cursor.Next();
            if (!record.ok() || !*record) return;
            if (!reader.Open((*record)->payload).ok()) continue;
            for (const wire::BatchEntry& entry : reader.entries()) {
                model::Event event;
                if (!decoder.Decode(entry.event, event).ok()) continue;
                action(reader.instruments()[entry.instrument], event);
            }
        }
    }

    // "BTC-USDT trading" of every metadata event so far.
    std::vector<std::string> Metadata() {
        std::vector<std::string> found;
        ForEachEvent([&found](const model::Instrument& instrument, const model::Event& event) {
            const auto* info = std::get_if<model::InstrumentInfo>(&event.body);
            if (info == nullptr) return;
            const bool gone = info->status == model::InstrumentStatus::kDelisted;
            found.push_back(instrument.symbol + (gone ? " gone" : " there"));
        });
        return found;
    }

    bool Says(const std::string& metric) {
        return registry_.ToText().find(metric + "\n") != std::string::npos;
    }

    testing::TaskRunner runner_;
    std::set<std::string> listing_{"BTC", "ETH"};
    std::string status_ = "TRADING";
    std::vector<std::string> depths_;
    size_t depths_asked_ = 0;
    std::string greeting_;
    net::WebSocket* socket_ = nullptr;
    std::vector<model::DataType> types_{model::DataType::kTrade};
    FeedConfig config_;
    int lists_ = 0;
    runtime::Condition listed_;
    std::set<std::string> subscribed_;
    std::optional<net::HttpServer> server_;

    telemetry::MetricRegistry registry_;
    CollectorMetrics metrics_{registry_};
    bus::Connection bus_{runner_.executor(), {}};
    bus::DeadLetters dead_letters_{bus_, {}};
    testing::ManualClock clock_;
    testing::FakeKeyValue bucket_{clock_};
    Budgets budgets_{bucket_, [] { return true; }, 0.1, registry_};
    testing::TempDir folder_;
    SpoolRecovery recovery_;
    std::unique_ptr<Spool> spool_ = *Spool::Open({.directory = folder_.path()}, recovery_);
    Outbox outbox_{bus_, *spool_, {.unpublishable = {.directory = folder_ / "aside"}}, {}};
    Lanes lanes_{runner_.executor(), outbox_, {.producer = "collector"}, [](auto, const auto&) {}};
    ClaimWriter claims_{lanes_, metrics_, "collector"};
    SeriesTable series_;
    std::optional<Feed> feed_;
    runtime::Event stop_;
    runtime::Event ended_;
};

}  // namespace mp::collector
