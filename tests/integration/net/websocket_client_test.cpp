#include "net/websocket_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/websocket_frame.hpp"
#include "net/websocket_handshake.hpp"
#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "runtime/with_deadline.hpp"
#include "testing/run_task.hpp"
#include "testing/test_ca.hpp"
#include "websocket_peer.hpp"

namespace mp::net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Deadline Soon() {
    return Deadline::After(10s);
}

Task<std::vector<std::string>> ReadMessages(WebSocket& socket, size_t count) {
    std::vector<std::string> texts;
    while (texts.size() < count) {
        const auto batch = co_await socket.ReadSome(Soon());
        if (!batch.ok()) break;
        for (const auto& message : batch->messages) texts.emplace_back(message.data);
    }
    co_return texts;
}

class WebSocketClientTest : public ::testing::Test {
  protected:
    std::string Url(const std::string& scheme = "ws", const std::string& host = "127.0.0.1") {
        return scheme + "://" + host + ":" + std::to_string(listener_.port()) + "/stream?x=1";
    }
    Result<WebSocket> Connect(WebSocketClientOptions options = {}) {
        return runner_.Run(ConnectWebSocket(runner_.executor(), Url(), std::move(options), Soon()));
    }
    // Connects while `peer_` accepts.
    WebSocket Open(WebSocketClientOptions options = {}, bool deflate = false) {
        runner_.Start(AcceptPeer(deflate));
        auto socket = Connect(std::move(options));
        if (!socket.ok()) throw std::runtime_error(socket.status().ToString());
        runner_.Run(accepted_.Wait());
        return *std::move(socket);
    }
    Task<> AcceptPeer(bool deflate) {
        peer_ = std::make_unique<PlainPeer>(co_await listener_.Accept());
        co_await peer_->Accept(deflate);
        accepted_.Set();
    }
    // A server that answers the handshake properly and then sends `bytes` as they are.
    WebSocket OpenRaw(std::string bytes, WebSocketClientOptions options = {}) {
        runner_.Start(ServeRaw(std::move(bytes)));
        auto socket = Connect(std::move(options));
        if (!socket.ok()) throw std::runtime_error(socket.status().ToString());
        return *std::move(socket);
    }
    Task<> ServeRaw(std::string bytes) {
        raw_ = std::make_unique<RawPeer>(co_await listener_.Accept());
        const std::string request = co_await raw_->ReadUntil("\r\n\r\n");
        raw_->Take();
        const std::string mark = "Sec-WebSocket-Key: ";
        const std::string key = request.substr(request.find(mark) + mark.size(), 24);
        co_await raw_->Send(
            "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: " +
            WebSocketAccept(key) + "\r\n\r\n" + bytes
        );
    }

    // Takes the client's close frame and closes.
    Task<> CloseWhenTold() {
        co_await raw_->ReadUntil("\x88");
        raw_->Close();
    }

    testing::TaskRunner runner_;
    RawListener listener_{runner_.executor()};
    runtime::Event accepted_;
    std::unique_ptr<PlainPeer> peer_;
    std::unique_ptr<RawPeer> raw_;
};

TEST_F(WebSocketClientTest, TalksBothWays) {
    WebSocketClientOptions options;
    options.headers.Add("X-Key", "secret");
    WebSocket socket = Open(std::move(options));
    EXPECT_EQ(peer_->request().target(), "/stream?x=1");
    EXPECT_EQ(peer_->request()["X-Key"], "secret");

    for (const size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 1000000u}) {
        const std::string text(size, 'x');
        runner_.Start(peer_->Send(text));
        const auto message = runner_.Run(socket.Receive(Soon()));
        ASSERT_TRUE(message.ok()) << message.status();
        EXPECT_TRUE(message->data == text) << size;
        const auto sent = [](WebSocket& client, std::string_view what) -> Task<Status> {
            co_return co_await client.Send(what, Soon());
        };
        runner_.Start(sent(socket, text));
        EXPECT_TRUE(runner_.Run(peer_->Receive()) == text) << size;
    }
    EXPECT_EQ(socket.stats().messages_received, 7u);
    EXPECT_EQ(socket.stats().messages_sent, 7u);
}

TEST_F(WebSocketClientTest, HandsOutABurstWithFewWakeUps) {
    std::string burst;
    for (int i = 0; i < 1000; ++i) AppendTextFrame("message " + std::to_string(i), burst);
    const Nanos before = DefaultClock().Now();
    WebSocket socket = OpenRaw(burst);
    std::vector<std::string> texts;
    while (texts.size() < 1000) {
        const auto batch = runner_.Run(socket.ReadSome(Soon()));
        ASSERT_TRUE(batch.ok()) << batch.status();
        EXPECT_GE(batch->received_ts, before);
        EXPECT_LE(batch->received_ts, DefaultClock().Now());
        for (const auto& message : batch->messages) texts.emplace_back(message.data);
    }
    EXPECT_EQ(texts.size(), 1000u);
    EXPECT_EQ(texts[999], "message 999");
    EXPECT_LT(socket.stats().reads, 10u);
}

TEST_F(WebSocketClientTest, JoinsFragmentsAndAnswersPingsBetweenThem) {
    WebSocket socket = Open();
    const auto script = [](auto* test) -> Task<> {
        co_await test->peer_->SendPart("one ", false);
        co_await test->peer_->Ping("are you there");
        co_await test->peer_->SendPart("message", true);
        co_await test->peer_->Receive();  // reads the pong on its way
    };
    runner_.Start(script(this));
    const auto message = runner_.Run(socket.Receive(Soon()));
    ASSERT_TRUE(message.ok()) << message.status();
    EXPECT_EQ(message->data, "one message");
    EXPECT_EQ(socket.stats().pings_received, 1u);
    EXPECT_TRUE(runner_.Run(socket.Send("done", Soon())).ok());
    const auto ponged = [](PlainPeer& peer) -> Task<> {
        while (peer.pongs().empty()) co_await runtime::Sleep(1ms);
    };
    runner_.Run(ponged(*peer_));
    EXPECT_THAT(peer_->pongs(), ElementsAre("are you there"));
}

// What comes from the client once the peer reads on; empty where it does not come.
Task<std::string> ReadExactly(RawPeer& peer, size_t size) {
    std::string bytes(size, '\0');
    const auto read = [](RawPeer& from, std::string& into) -> Task<Status> {
        const auto [error, got] = co_await asio::async_read(
            from.socket(), asio::buffer(into), asio::as_tuple(asio::use_awaitable)
        );
        co_return error ? absl::UnavailableError(error.message()) : OkStatus();
    };
    const Status done = co_await runtime::WithDeadline(read(peer, bytes), Soon());
    co_return done.ok() ? bytes : "";
}

TEST_F(WebSocketClientTest, AnswersAPingThatComesWhileASendIsUnderWay) {
    const std::string ping("\x89\x05there", 7);
    std::string burst = ping;
    AppendTextFrame("behind the ping", burst);
    WebSocket socket = OpenRaw("");
    // More than the system takes while nobody reads.
    const std::string much(32u << 20, 'x');
    runtime::Event sent;
    const auto send = [&](std::string_view text) -> Task<> {
        const Status status = co_await socket.Send(text, Soon());
        EXPECT_TRUE(status.ok()) << status;
        sent.Set();
    };
    runner_.Start(send(much));
    runner_.Start(raw_->Send(burst));
    const auto seen = runner_.Run(socket.Receive(Soon()));
    ASSERT_TRUE(seen.ok()) << seen.status();
    ASSERT_EQ(seen->data, "behind the ping");
    ASSERT_FALSE(sent.IsSet());

    // Nobody reads or sends any more at the client's end; both frames are masked.
    constexpr size_t kHead = 14;
    constexpr size_t kPong = 2 + 4 + 5;
    const std::string bytes = runner_.Run(ReadExactly(*raw_, kHead + much.size() + kPong));
    ASSERT_EQ(bytes.size(), kHead + much.size() + kPong) << "no pong";
    std::string pong = bytes.substr(kHead + much.size());
    EXPECT_EQ(pong.substr(0, 2), "\x8a\x85");
    for (size_t i = 0; i < 5; ++i) pong[6 + i] = static_cast<char>(pong[6 + i] ^ pong[2 + i % 4]);
    EXPECT_EQ(pong.substr(6), "there");
    runner_.Run(sent.Wait());
}

TEST_F(WebSocketClientTest, PingsAndSeesThePong) {
    WebSocket socket = Open();
    runner_.Start(peer_->Receive());
    EXPECT_TRUE(runner_.Run(socket.Ping("hello", Soon())).ok());
    const auto nothing = runner_.Run(socket.ReadSome(Deadline::After(50ms)));
    EXPECT_EQ(nothing.status().code(), StatusCode::kDeadlineExceeded);
    EXPECT_THAT(peer_->pings(), ElementsAre("hello"));
    EXPECT_GT(socket.stats().last_pong_ts, 0);
}

TEST_F(WebSocketClientTest, StaysUsableAfterADeadlineOrACancellation) {
    WebSocket socket = Open();
    const auto late = runner_.Run(socket.Receive(Deadline::After(5ms)));
    EXPECT_EQ(late.status().code(), StatusCode::kDeadlineExceeded);
    const auto race = [](WebSocket& client) -> Task<> {
        co_await runtime::FirstOf(client.Receive(Soon()), runtime::Sleep(5ms));
    };
    runner_.Run(race(socket));
    EXPECT_TRUE(socket.open());
    runner_.Start(peer_->Send("after all"));
    EXPECT_EQ(runner_.Run(socket.Receive(Soon()))->data, "after all");
}

TEST_F(WebSocketClientTest, TellsWhyThePeerClosed) {
    WebSocket socket = Open();
    const auto script = [](auto* test) -> Task<> {
        co_await test->peer_->Send("last words");
        co_await test->peer_->Close(4001, "go away");
    };
    runner_.Start(script(this));
    EXPECT_THAT(runner_.Run(ReadMessages(socket, 2)), ElementsAre("last words"));
    const auto ended = runner_.Run(socket.ReadSome(Soon()));
    EXPECT_EQ(ended.status().code(), StatusCode::kUnavailable);
    EXPECT_THAT(ended.status().ToString(), HasSubstr("code=4001 reason=\"go away\""));
    EXPECT_EQ(socket.close_code(), 4001);
    EXPECT_EQ(socket.close_reason(), "go away");
    EXPECT_FALSE(socket.open());
    EXPECT_FALSE(runner_.Run(socket.Send("too late", Soon())).ok());
}

TEST_F(WebSocketClientTest, NoticesAnAbruptCut) {
    WebSocket socket = Open();
    const auto script = [](auto* test) -> Task<> {
        co_await test->peer_->Send("last words");
        co_await test->peer_->SendPart("unfinished", false);
        test->peer_->stream().next_layer().close();
    };
    runner_.Start(script(this));
    EXPECT_THAT(runner_.Run(ReadMessages(socket, 2)), ElementsAre("last words"));
    EXPECT_EQ(socket.close_code(), 1006);
    const auto again = runner_.Run(socket.ReadSome(Soon()));
    EXPECT_EQ(again.status().code(), StatusCode::kUnavailable);
}

TEST_F(WebSocketClientTest, RefusesMessagesThatAreTooBig) {
    WebSocketClientOptions options;
    options.max_message_bytes = 1000;
    WebSocket socket = Open(std::move(options));
    const auto script = [](auto* test) -> Task<> {
        co_await test->peer_->Send("fits");
        co_await test->peer_->Send(std::string(1001, 'x'));
        co_await test->peer_->Receive();
    };
    runner_.Start(script(this));
    EXPECT_THAT(runner_.Run(ReadMessages(socket, 2)), ElementsAre("fits"));
    const auto ended = runner_.Run(socket.ReadSome(Soon()));
    EXPECT_EQ(ended.status().code(), StatusCode::kResourceExhausted);
    EXPECT_EQ(peer_->close_code(), kCloseTooBig);
}

TEST_F(WebSocketClientTest, EndsAConnectionThatBreaksTheProtocol) {
    std::string bytes;
    AppendTextFrame("good", bytes);
    AppendFrame(Opcode::kText, "masked", MaskKey{1}, bytes);
    WebSocket socket = OpenRaw(bytes);
    runner_.Start(CloseWhenTold());
    EXPECT_THAT(runner_.Run(ReadMessages(socket, 2)), ElementsAre("good"));
    EXPECT_EQ(runner_.Run(socket.ReadSome(Soon())).status().code(), StatusCode::kInternal);
    FrameHeader header;
    ASSERT_EQ(ReadFrameHeader(raw_->Take(), header), HeaderState::kComplete);
    EXPECT_EQ(header.opcode, Opcode::kClose);
}

TEST_F(WebSocketClientTest, RefusesTextThatIsNotUtf8) {
    std::string bytes;
    AppendFrame(Opcode::kBinary, "\xff", std::nullopt, bytes);
    AppendTextFrame("\xff", bytes);
    WebSocket socket = OpenRaw(bytes);
    runner_.Start(CloseWhenTold());
    EXPECT_THAT(runner_.Run(ReadMessages(socket, 2)), ElementsAre("\xff"));
    EXPECT_EQ(runner_.Run(socket.ReadSome(Soon())).status().code(), StatusCode::kInternal);
}

TEST_F(WebSocketClientTest, InflatesWhatTheServerDeflates) {
    WebSocket socket = Open({}, true);
    const std::string trade = R"({"e":"trade","s":"BTCUSDT","p":"65432.10","q":"0.001"})";
    const auto script = [](auto* test, std::string text) -> Task<> {
        for (int i = 0; i < 100; ++i) co_await test->peer_->Send(text);
        co_await test->peer_->Send(std::string(300000, 'z'));
    };
    runner_.Start(script(this, trade));
    const std::vector<std::string> texts = runner_.Run(ReadMessages(socket, 101));
    ASSERT_EQ(texts.size(), 101u);
    EXPECT_EQ(texts[0], trade);
    EXPECT_EQ(texts[99], trade);
    EXPECT_TRUE(texts[100] == std::string(300000, 'z'));
    EXPECT_LT(socket.stats().bytes_received, 3000u);
}

TEST_F(WebSocketClientTest, ClosesProperly) {
    WebSocket socket = Open();
    const auto script = [](auto* test) -> Task<> {
        co_await test->peer_->Send("unread");
        co_await test->peer_->Receive();
    };
    runner_.Start(script(this));
    EXPECT_TRUE(runner_.Run(socket.Close(kCloseNormal, "enough", Soon())).ok());
    EXPECT_EQ(peer_->close_code(), kCloseNormal);
    EXPECT_EQ(peer_->stream().reason().reason, "enough");
    EXPECT_FALSE(socket.open());
}

TEST_F(WebSocketClientTest, DoesNotWaitForeverForTheCloseAnswer) {
    WebSocket socket = OpenRaw("");
    const Status closed = runner_.Run(socket.Close(kCloseNormal, "", Deadline::After(20ms)));
    EXPECT_EQ(closed.code(), StatusCode::kDeadlineExceeded);
}

TEST_F(WebSocketClientTest, EndsASendThatNobodyTakes) {
    WebSocket socket = OpenRaw("");
    const std::string much(20 << 20, 'x');
    const Status sent = runner_.Run(socket.Send(much, Deadline::After(50ms)));
    EXPECT_EQ(sent.code(), StatusCode::kDeadlineExceeded);
    EXPECT_FALSE(socket.open());
}

TEST_F(WebSocketClientTest, SaysWhyTheHandshakeWasRefused) {
    const std::vector<std::pair<std::string, StatusCode>> cases = {
        {"429 Too Many", StatusCode::kResourceExhausted},
        {"403 Forbidden", StatusCode::kPermissionDenied},
        {"503 Away", StatusCode::kUnavailable},
        {"200 OK", StatusCode::kFailedPrecondition},
        {"101 Fine\r\nUpgrade: websocket\r\nConnection: Upgrade", StatusCode::kFailedPrecondition}};
    for (const auto& [answer, code] : cases) {
        const auto serve = [](auto* test, std::string line) -> Task<> {
            RawPeer peer(co_await test->listener_.Accept());
            co_await peer.ReadUntil("\r\n\r\n");
            co_await peer.Send("HTTP/1.1 " + line + "\r\nContent-Length: 0\r\n\r\n");
            co_await peer.ReadToEnd();
        };
        runner_.Start(serve(this, answer));
        const auto socket = Connect();
        EXPECT_EQ(socket.status().code(), code) << socket.status();
        EXPECT_THAT(socket.status().ToString(), HasSubstr(std::to_string(listener_.port())));
    }
    const auto wrong = runner_.Run(ConnectWebSocket(runner_.executor(), "http://x/", {}, Soon()));
    EXPECT_EQ(wrong.status().code(), StatusCode::kInvalidArgument);
}

TEST_F(WebSocketClientTest, KeepsItsDeadlineWhileConnecting) {
    const auto started = Deadline::Clock::now();
    const auto socket =
        runner_.Run(ConnectWebSocket(runner_.executor(), Url(), {}, Deadline::After(30ms)));
    EXPECT_EQ(socket.status().code(), StatusCode::kDeadlineExceeded);
    EXPECT_LT(Deadline::Clock::now() - started, 5s);
}

TEST_F(WebSocketClientTest, EndsAReadWhenCut) {
    WebSocket socket = Open();
    const auto cut = [](WebSocket& client) -> Task<> {
        co_await runtime::Yield();
        client.Cut();
    };
    runner_.Start(cut(socket));
    const auto ended = runner_.Run(socket.ReadSome(Soon()));
    EXPECT_EQ(ended.status().code(), StatusCode::kUnavailable);
}

Task<> ServeTls(RawListener& listener, asio::ssl::context& context, std::string burst) {
    TlsPeer peer(co_await listener.Accept(), context);
    co_await peer.stream().next_layer().async_handshake(
        asio::ssl::stream_base::server, asio::use_awaitable
    );
    co_await peer.Accept();
    co_await peer.Send("over TLS");
    co_await peer.Receive();
    for (int i = 0; i < 500; ++i) co_await peer.Send(burst + std::to_string(i));
    co_await peer.Receive();
}

TEST_F(WebSocketClientTest, SpeaksTls) {
    const testing::TestCa ca;
    const testing::TestCa::Issued own = ca.Issue();
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain(asio::buffer(own.certificate));
    context.use_private_key(asio::buffer(own.key), asio::ssl::context::pem);
    runner_.Start(ServeTls(listener_, context, "burst "));

    WebSocketClientOptions options;
    options.tls = *TlsContext::MakeClient({.ca = ca.pem()});
    auto socket =
        runner_.Run(ConnectWebSocket(runner_.executor(), Url("wss", "localhost"), options, Soon()));
    ASSERT_TRUE(socket.ok()) << socket.status();
    EXPECT_EQ(runner_.Run(socket->Receive(Soon()))->data, "over TLS");
    EXPECT_TRUE(runner_.Run(socket->Send("go", Soon())).ok());
    const std::vector<std::string> texts = runner_.Run(ReadMessages(*socket, 500));
    ASSERT_EQ(texts.size(), 500u);
    EXPECT_EQ(texts[499], "burst 499");
    EXPECT_TRUE(runner_.Run(socket->Close(kCloseNormal, "", Soon())).ok());
}

}  // namespace
}  // namespace mp::net
