#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "echo_service.hpp"
#include "rpc/channel.hpp"
#include "rpc/client.hpp"
#include "rpc/server.hpp"
#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"

namespace mp::rpc {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using EchoClient = Client<pb::Echo>;
using Async = EchoClient::Async;

Deadline Soon() {
    return Deadline::After(10s);
}

pb::Text MakeText(std::string text) {
    pb::Text message;
    message.set_text(std::move(text));
    return message;
}

pb::CountRequest MakeCount(uint32_t to, uint32_t bytes = 0, uint32_t fail_after = 0) {
    pb::CountRequest request;
    request.set_to(to);
    request.set_bytes(bytes);
    request.set_fail_after(fail_after);
    return request;
}

class Observer final : public CallObserver {
  public:
    void CallEnded(std::string_view method, const Status& status, std::chrono::nanoseconds duration)
        override {
        EXPECT_GE(duration, 0ns);
        calls.emplace_back(std::string(method) + " " + absl::StatusCodeToString(status.code()));
    }

    std::vector<std::string> calls;
};

class RpcTest : public ::testing::Test {
  protected:
    explicit RpcTest(DispatcherOptions options = {}) : dispatcher_(runner_.executor(), options) {
        dispatcher_.set_observer(&observer_);
        ServerOptions server;
        server.drain_timeout = 200ms;
        server_ = *Server::Start(server, dispatcher_, {Serve<pb::Echo>(service_)});
        const std::string target = "127.0.0.1:" + std::to_string(server_->port());
        client_.emplace(dispatcher_, MakeChannel(target));
    }

    Result<pb::Text> Say(std::string text) {
        return runner_.Run(client_->Call(&Async::Say, MakeText(std::move(text)), Soon()));
    }
    template <class Stream, class Message>
    static Task<Status> ReadAll(Stream stream, std::vector<Message>& messages) {
        for (;;) {
            Message message;
            const Result<bool> more = co_await stream.Read(message);
            if (!more.ok()) co_return more.status();
            if (!*more) co_return OkStatus();
            messages.push_back(std::move(message));
        }
    }

    testing::TaskRunner runner_;
    runtime::Event stopped_;  // the server's Run or Shutdown has ended
    Observer observer_;
    Dispatcher dispatcher_;
    EchoService service_{dispatcher_};
    std::unique_ptr<Server> server_;
    std::optional<EchoClient> client_;
};

TEST_F(RpcTest, AnswersUnaryCalls) {
    const auto answer = Say("hello");
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->text(), "hello");
    EXPECT_THAT(observer_.calls, ElementsAre("Echo/Say OK"));
    EXPECT_EQ(dispatcher_.calls_open(), 0u);
}

TEST_F(RpcTest, CarriesStatusAndMetadata) {
    const auto missing = Say("missing");
    EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
    EXPECT_EQ(missing.status().message(), "no such thing");
    const auto thrown = Say("throw");
    EXPECT_EQ(thrown.status().code(), StatusCode::kInternal);
    EXPECT_THAT(thrown.status().ToString(), HasSubstr("out of luck"));

    CallOptions options{Soon(), {{"traceparent", "00-1-2-01"}}};
    EXPECT_TRUE(runner_.Run(client_->Call(&Async::Say, MakeText("x"), options)).ok());
    EXPECT_THAT(service_.traceparents, ElementsAre("00-1-2-01"));
}

Task<Status> SayMany(EchoClient& client, int count) {
    for (int i = 0; i < count; ++i) {
        const pb::Text text = MakeText(std::to_string(i));
        const auto answer = co_await client.Call(&Async::Say, text, Soon());
        if (!answer.ok()) co_return answer.status();
        if (answer->text() != text.text()) co_return absl::DataLossError("another's answer");
    }
    co_return OkStatus();
}

TEST_F(RpcTest, AnswersManyCallsAtOnce) {
    std::vector<Task<Status>> callers;
    for (int i = 0; i < 64; ++i) callers.push_back(SayMany(*client_, 10));
    const Status all = runner_.Run(runtime::AllOf(std::move(callers)));
    EXPECT_TRUE(all.ok()) << all;
    EXPECT_EQ(observer_.calls.size(), 64u * 10);
}

TEST_F(RpcTest, CancelsAHandlerWhoseDeadlinePassed) {
    EXPECT_TRUE(Say("connects").ok());
    const auto late =
        runner_.Run(client_->Call(&Async::Wait, MakeText("x"), Deadline::After(300ms)));
    EXPECT_EQ(late.status().code(), StatusCode::kDeadlineExceeded);
    runner_.Run(service_.cancelled.Wait());
}

TEST_F(RpcTest, CancelsAHandlerWhoseClientLeft) {
    const auto leave = [](auto* test) -> Task<> {
        co_await runtime::FirstOf(
            test->client_->Call(&Async::Wait, MakeText("x"), Soon()), test->service_.waiting.Wait()
        );
    };
    runner_.Run(leave(this));
    EXPECT_TRUE(runner_.Run(service_.cancelled.Wait(Soon())));
    const auto ended = [](auto* test) -> Task<> {
        while (test->dispatcher_.calls_open() > 0) co_await runtime::Sleep(1ms);
    };
    runner_.Run(ended(this));
    EXPECT_THAT(observer_.calls, ElementsAre("Echo/Wait CANCELLED"));
}

TEST_F(RpcTest, StreamsToTheEnd) {
    std::vector<pb::Text> messages;
    const Status ended =
        runner_.Run(ReadAll(client_->Open(&Async::Count, MakeCount(100, 1000), {Soon()}), messages)
        );
    EXPECT_TRUE(ended.ok()) << ended;
    ASSERT_EQ(messages.size(), 100u);
    EXPECT_THAT(messages[99].text(), ::testing::StartsWith("99."));
    std::vector<pb::Text> none;
    EXPECT_TRUE(
        runner_.Run(ReadAll(client_->Open(&Async::Count, MakeCount(0), {Soon()}), none)).ok()
    );
    EXPECT_TRUE(none.empty());
}

TEST_F(RpcTest, DeliversWhatCameBeforeAnError) {
    std::vector<pb::Text> messages;
    const Status ended =
        runner_.Run(ReadAll(client_->Open(&Async::Count, MakeCount(10, 0, 3), {Soon()}), messages));
    EXPECT_EQ(ended.code(), StatusCode::kDataLoss);
    EXPECT_EQ(messages.size(), 3u);
}

TEST_F(RpcTest, RelaysBytesUnread) {
    std::vector<grpc::ByteBuffer> buffers;
    const Status ended =
        runner_.Run(ReadAll(client_->OpenRaw("Relay", MakeCount(50, 5000), {Soon()}), buffers));
    EXPECT_TRUE(ended.ok()) << ended;
    ASSERT_EQ(buffers.size(), 50u);
    EXPECT_THAT(Parse<pb::Text>(buffers[49])->text(), ::testing::StartsWith("49..."));
    // A typed client cannot tell.
    std::vector<pb::Text> messages;
    EXPECT_TRUE(
        runner_.Run(ReadAll(client_->Open(&Async::Relay, MakeCount(3), {Soon()}), messages)).ok()
    );
    EXPECT_EQ(messages.size(), 3u);
    // Nor can a raw client of a typed method.
    buffers.clear();
    EXPECT_TRUE(
        runner_.Run(ReadAll(client_->OpenRaw("Count", MakeCount(3), {Soon()}), buffers)).ok()
    );
    EXPECT_EQ(buffers.size(), 3u);
}

// How much was written when for a moment nothing more was; a server that nobody holds back writes
// on to its end.
Task<uint32_t> OnceItStandsStill(const EchoService& service) {
    uint32_t written = 0;
    for (int still = 0; still < 50; ++still) {
        if (std::exchange(written, service.written) != service.written) still = 0;
        co_await runtime::Sleep(1ms);
    }
    co_return written;
}

TEST_F(RpcTest, HoldsBackAServerWhoseClientDoesNotRead) {
    const auto read_one = [](auto* test) -> Task<> {
        auto stream = test->client_->Open(&Async::Count, MakeCount(100000, 10000), {Soon()});
        pb::Text message;
        const Result<bool> first = co_await stream.Read(message);
        EXPECT_TRUE(first.ok());
        const uint32_t written = co_await OnceItStandsStill(test->service_);
        EXPECT_LT(written, 2000u);
    };  // leaves the stream
    runner_.Run(read_one(this));
    EXPECT_TRUE(runner_.Run(service_.cancelled.Wait(Soon())));
}

Task<Status> UntilWritten(const EchoService& service, uint32_t messages) {
    while (service.written < messages) co_await runtime::Sleep(1ms);
    co_return OkStatus();
}

TEST_F(RpcTest, EndsAStreamWhoseReaderWasCancelled) {
    const auto race = [](auto* test) -> Task<> {
        auto stream = test->client_->Open(&Async::Count, MakeCount(1000000, 100), {Soon()});
        std::vector<pb::Text> messages;
        co_await runtime::FirstOf(
            ReadAll(std::move(stream), messages), UntilWritten(test->service_, 10)
        );
    };
    runner_.Run(race(this));
    EXPECT_TRUE(runner_.Run(service_.cancelled.Wait(Soon())));
}

TEST_F(RpcTest, ReportsAServerThatIsNotThere) {
    EchoClient nobody(dispatcher_, MakeChannel("127.0.0.1:1"));
    const auto answer = runner_.Run(nobody.Call(&Async::Say, MakeText("x"), Soon()));
    EXPECT_EQ(answer.status().code(), StatusCode::kUnavailable);
    std::vector<pb::Text> messages;
    const Status ended =
        runner_.Run(ReadAll(nobody.Open(&Async::Count, MakeCount(1), {Soon()}), messages));
    EXPECT_EQ(ended.code(), StatusCode::kUnavailable);
}

TEST_F(RpcTest, SaysWhichPortIsInUse) {
    ServerOptions options;
    options.port = server_->port();
    ::testing::internal::CaptureStderr();
    const auto second = Server::Start(options, dispatcher_, {});
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "") << "gRPC's own log";
    EXPECT_EQ(second.status().code(), StatusCode::kAlreadyExists);
    EXPECT_THAT(second.status().ToString(), HasSubstr(std::to_string(server_->port())));
}

TEST_F(RpcTest, AnswersCallsInFlightWhenItStops) {
    const auto scenario = [](auto* test) -> Task<> {
        co_await test->service_.waiting.Wait();
        test->service_.release.Set();
        co_await test->server_->Shutdown(Soon());
        test->stopped_.Set();
    };
    runner_.Start(scenario(this));
    const auto answer = runner_.Run(client_->Call(&Async::Wait, MakeText("last"), Soon()));
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->text(), "last");
    EXPECT_TRUE(runner_.Run(stopped_.Wait(Soon())));
    EXPECT_EQ(Say("too late").status().code(), StatusCode::kUnavailable);
}

Task<> RunUntilWaiting(Server& server, EchoService& service, runtime::Event& stopped) {
    co_await runtime::FirstOf(server.Run(), service.waiting.Wait());
    stopped.Set();
}

TEST_F(RpcTest, CancelsCallsThatOutlastTheDrain) {
    runner_.Start(RunUntilWaiting(*server_, service_, stopped_));
    const auto answer = runner_.Run(client_->Call(&Async::Wait, MakeText("x"), Soon()));
    EXPECT_FALSE(answer.ok());
    EXPECT_TRUE(runner_.Run(service_.cancelled.Wait(Soon())));
    EXPECT_TRUE(runner_.Run(stopped_.Wait(Soon())));
}

Task<Status> WaitForAnswer(EchoClient& client) {
    const auto answer = co_await client.Call(&Async::Wait, MakeText("x"), Soon());
    co_return answer.status();
}

Task<Status> ReadForever(EchoClient& client) {
    auto stream = client.Open(&Async::Count, MakeCount(1000000, 1000), {Soon()});
    for (;;) {
        pb::Text message;
        const Result<bool> more = co_await stream.Read(message);
        if (!more.ok() || !*more) co_return more.status();
    }
}

TEST_F(RpcTest, EndsWithCallsOpen) {
    // As in a process that fails: everything is destroyed while calls are under way.
    runner_.Start(WaitForAnswer(*client_));
    runner_.Start(ReadForever(*client_));
    runner_.Run(service_.waiting.Wait());
}

// Accepts connections and says nothing.
class SilentPeer {
  public:
    explicit SilentPeer(const Executor& executor)
        : acceptor_(executor, {asio::ip::address_v4::loopback(), 0}) {}

    std::string target() const {
        return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

  private:
    asio::ip::tcp::acceptor acceptor_;
};

// gRPC gives these calls back after everything else that held their channel has gone. Were they
// destroyed on gRPC's thread, it would join itself and free its queue twice.
TEST(RpcShutdown, LetsGoOfTheLastChannelOnItsOwnThread) {
    for (int i = 0; i < 20; ++i) {
        testing::TaskRunner runner;
        const SilentPeer peer(runner.executor());
        Dispatcher dispatcher(runner.executor());
        EchoClient client(dispatcher, MakeChannel(peer.target()));
        runner.Start(WaitForAnswer(client));
        runner.Start(ReadForever(client));
        runner.Run(runtime::Sleep(1ms));
    }
}

// Calls a method that this test has no generated code for.
Task<std::string> CallRaw(
    const Dispatcher& dispatcher, EchoClient& client, std::string method, std::string request
) {
    const CallOptions options{Soon()};
    auto stream = detail::OpenGeneric(
        dispatcher, client.channel(), method, ToByteBuffer(std::move(request)), options
    );
    grpc::ByteBuffer answer;
    const Result<bool> more = co_await stream.Read(answer);
    co_return more.ok() && *more ? ToString(answer) : more.status().ToString();
}

TEST_F(RpcTest, TellsWhetherItServes) {
    const std::string method = "/grpc.health.v1.Health/Check";
    const std::string name = "marketprism.test.Echo";
    const std::string of_echo = "\x0a" + std::string(1, static_cast<char>(name.size())) + name;
    const std::string serving("\x08\x01", 2);
    const std::string not_serving("\x08\x02", 2);
    const auto check = [&](const std::string& request) {
        return runner_.Run(CallRaw(dispatcher_, *client_, method, request));
    };
    EXPECT_EQ(check(""), not_serving);
    EXPECT_EQ(check(of_echo), not_serving);
    server_->SetServing(true);
    EXPECT_EQ(check(""), serving);
    EXPECT_EQ(check(of_echo), serving);
    server_->SetServing(name, false);
    EXPECT_EQ(check(""), serving);
    EXPECT_EQ(check(of_echo), not_serving);
    EXPECT_THAT(check("\x0a\x01x"), HasSubstr("NOT_FOUND"));
}

TEST_F(RpcTest, DescribesItselfByReflection) {
    const std::string method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
    const std::string list_services("\x3a\x00", 2);
    const std::string answer = runner_.Run(CallRaw(dispatcher_, *client_, method, list_services));
    EXPECT_THAT(answer, HasSubstr("marketprism.test.Echo"));
}

class BusyRpcTest : public RpcTest {
  protected:
    BusyRpcTest() : RpcTest({.max_calls = 1}) {}
};

TEST_F(BusyRpcTest, RefusesCallsAboveTheLimit) {
    const auto scenario = [](auto* test) -> Task<Status> {
        co_await test->service_.waiting.Wait();
        const auto second = co_await test->client_->Call(&Async::Say, MakeText("x"), Soon());
        test->service_.release.Set();
        co_return second.status();
    };
    runner_.Start(client_->Call(&Async::Wait, MakeText("x"), Soon()));
    const Status refused = runner_.Run(scenario(this));
    EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
    EXPECT_EQ(dispatcher_.calls_refused(), 1u);
}

}  // namespace
}  // namespace mp::rpc
