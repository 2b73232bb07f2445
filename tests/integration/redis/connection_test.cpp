#include "redis/connection.hpp"

#include "redis/probe.hpp"
#include "redis_stand.hpp"

namespace mp::redis {
namespace {

using RedisConnection = RedisStand;

TEST_F(RedisConnection, CarriesOutCommandsBinarySafe) {
    Connection redis(runner.executor(), Config(), metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    const std::string value("\0\r\n$3\r\n\xff", 9);
    EXPECT_EQ(Text(redis, {"SET", "a key\r\n", value}), "OK");
    EXPECT_EQ(Text(redis, {"GET", "a key\r\n"}), value);
    EXPECT_TRUE(Ask(redis, {"GET", "nobody"})->nil());
    EXPECT_EQ(*Ask(redis, {"INCRBY", "n", "41"})->number(), 41);
    EXPECT_EQ(Ask(redis, {"MGET", "n", "nobody"})->items()->size(), 2u);
    EXPECT_EQ(Count("ok"), 5u);
    EXPECT_EQ(runner.Run(Probe(redis)()), OkStatus());
}

TEST_F(RedisConnection, SaysWhatRedisRefuses) {
    Connection redis(runner.executor(), Config(), metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    ASSERT_EQ(Text(redis, {"SET", "a", "text"}), "OK");
    const Status wrong = Ask(redis, {"INCR", "a"}).status();
    EXPECT_TRUE(absl::IsInternal(wrong)) << wrong;
    EXPECT_EQ(Count("error"), 1u);
    EXPECT_EQ(Text(redis, {"GET", "a"}), "text") << "the connection goes on";
}

TEST_F(RedisConnection, PipelinesInOrder) {
    Connection redis(runner.executor(), Config(), metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    std::vector<Arguments> commands;
    for (int i = 0; i < 2000; ++i) commands.push_back({"INCR", "n"});
    commands[1000] = {"NONSENSE"};
    const auto replies = runner.Run(redis.Pipeline(std::move(commands), Soon()));
    ASSERT_EQ(replies.size(), 2000u);
    EXPECT_EQ(*replies[0]->number(), 1);
    EXPECT_EQ(*replies[999]->number(), 1000);
    EXPECT_FALSE(replies[1000].ok());
    EXPECT_EQ(*replies[1999]->number(), 1999);
}

TEST_F(RedisConnection, CarriesLargeValues) {
    Connection redis(runner.executor(), Config(), metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    std::string value(5 << 20, 'x');
    value[4 << 20] = '\n';
    EXPECT_EQ(Text(redis, {"SET", "large", value}), "OK");
    EXPECT_EQ(Text(redis, {"GET", "large"}), value);
}

TEST_F(RedisConnection, EndsWhatAnswersTooMuch) {
    ConnectionConfig config = Config();
    config.max_reply_bytes = 1000;
    Connection redis(runner.executor(), config, metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    EXPECT_EQ(Text(redis, {"SET", "large", std::string(100'000, 'x')}), "OK");
    EXPECT_TRUE(absl::IsUnavailable(Ask(redis, {"GET", "large"}).status()));
    EXPECT_TRUE(Connected(redis)) << "and connects anew";
}

TEST_F(RedisConnection, ChoosesTheDatabase) {
    ConnectionConfig config = Config();
    config.address.database = 3;
    Connection third(runner.executor(), config, metrics);
    Connection first(runner.executor(), Config(), metrics);
    const auto beside = runner.RunBeside(third.Run());
    const auto other = runner.RunBeside(first.Run());
    ASSERT_TRUE(Connected(third) && Connected(first));
    EXPECT_EQ(Text(third, {"SET", "a", "1"}), "OK");
    EXPECT_TRUE(Ask(first, {"GET", "a"})->nil());
    EXPECT_EQ(Text(first, {"SELECT", "3"}), "OK");
    EXPECT_EQ(Text(first, {"GET", "a"}), "1");
}

TEST_F(RedisConnection, RefusesMoreThanItsBounds) {
    ConnectionConfig config = Config();
    config.max_outstanding = 10;
    config.max_unsent_bytes = 1000;
    Connection redis(runner.executor(), config, metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    const auto replies =
        runner.Run(redis.Pipeline(std::vector<Arguments>(12, Arguments{"PING"}), Soon()));
    EXPECT_TRUE(replies[8].ok());  // the tenth may be the connection's own
    EXPECT_TRUE(absl::IsResourceExhausted(replies[11].status())) << replies[11].status();
    EXPECT_TRUE(absl::IsResourceExhausted(redis.Send({"SET", "a", std::string(1000, 'x')})));
    EXPECT_EQ(Text(redis, {"PING"}), "PONG") << "there is room again";
    EXPECT_GE(Count("full"), 2u);
}

TEST_F(RedisConnection, FailsAtOnceWithoutAServerAndComesBack) {
    Connection redis(runner.executor(), Config(), metrics);
    EXPECT_TRUE(absl::IsUnavailable(Ask(redis, {"PING"}).status()));
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !redis.state().connected; }));
    const Status refused = Ask(redis, {"PING"}).status();
    EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
    EXPECT_FALSE(runner.Run(Probe(redis)()).ok());
    EXPECT_GE(Count("unavailable"), 2u);
    ASSERT_EQ(server.Start(), OkStatus());
    EXPECT_TRUE(Connected(redis));
    EXPECT_EQ(Text(redis, {"PING"}), "PONG");
}

TEST_F(RedisConnection, ThatIsLostFailsWhatWaits) {
    Connection redis(runner.executor(), Config(), metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    server.Freeze();
    bool ended = false;
    Status status;
    runner.Start([](Connection& which, Status& said, bool& done) -> Task<> {
        Arguments ping{"PING"};
        said = (co_await which.Command(std::move(ping), Soon())).status();
        done = true;
    }(redis, status, ended));
    EXPECT_FALSE(Reached([&] { return ended; }, seconds(0)));
    server.Kill();
    ASSERT_TRUE(Reached([&] { return ended; }));
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

TEST_F(RedisConnection, KeepsToTheDeadlineAndNoticesASilentServer) {
    ConnectionConfig impatient = Config();
    impatient.silence_timeout = milliseconds(500);
    Connection redis(runner.executor(), impatient, metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    server.Freeze();
    const auto began = std::chrono::steady_clock::now();
    const Status late =
        runner.Run(redis.Command({"PING"}, Deadline::After(milliseconds(20)))).status();
    EXPECT_TRUE(absl::IsDeadlineExceeded(late)) << late;
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(5));
    EXPECT_EQ(Count("timeout"), 1u);
    ASSERT_TRUE(Reached([&] { return !redis.state().connected; })) << "also without a deadline";
    // The kernel takes connections for it; that is no server yet.
    EXPECT_FALSE(Reached([&] { return redis.state().connected; }, seconds(1)));
    server.Thaw();
    EXPECT_TRUE(Connected(redis));
}

TEST_F(RedisConnection, NoticesASilentServerWithoutAnyCommand) {
    ConnectionConfig impatient = Config();
    impatient.silence_timeout = milliseconds(500);
    Connection redis(runner.executor(), impatient, metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    server.Freeze();
    EXPECT_TRUE(Reached([&] { return !redis.state().connected; }));
    EXPECT_NE(redis.state().error.find("no answer"), std::string::npos) << redis.state().error;
    server.Thaw();
}

class RedisPassword : public RedisStand {
  protected:
    RedisPassword()
        : RedisStand(
              {"--requirepass",
               "secret",
               "--user",
               "gw",
               "on",
               ">other",
               "~mp:*",
               "+get",
               "+set",
               "+ping"}
          ) {}
};

TEST_F(RedisPassword, IsShown) {
    Connection redis(runner.executor(), Config(":secret@"), metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    EXPECT_EQ(Text(redis, {"SET", "a", "1"}), "OK");
}

TEST_F(RedisPassword, MayBeThatOfAUser) {
    Connection redis(runner.executor(), Config("gw:other@"), metrics);
    const auto beside = runner.RunBeside(redis.Run());
    ASSERT_TRUE(Connected(redis));
    EXPECT_EQ(Text(redis, {"SET", "mp:a", "1"}), "OK");
    EXPECT_TRUE(absl::IsPermissionDenied(Ask(redis, {"SET", "a", "1"}).status()));
}

TEST_F(RedisPassword, ThatIsWrongOrMissingIsSaid) {
    for (const auto& [user, word] :
         {std::pair{":hunter2@", "WRONGPASS"}, {"gw:hunter2@", "WRONGPASS"}, {"", "NOAUTH"}}) {
        Connection redis(runner.executor(), Config(user), metrics);
        const auto beside = runner.RunBeside(redis.Run());
        const char* const expected = word;
        EXPECT_TRUE(Reached([&] { return redis.state().error.find(expected) != std::string::npos; })
        ) << redis.state().error;
        EXPECT_FALSE(redis.state().connected);
        EXPECT_EQ(redis.state().error.find("hunter2"), std::string::npos);
        EXPECT_TRUE(absl::IsUnavailable(Ask(redis, {"PING"}).status()));
    }
}

}  // namespace
}  // namespace mp::redis
