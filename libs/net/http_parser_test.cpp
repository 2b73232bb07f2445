#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

#include "net/request_parser.hpp"
#include "net/response_parser.hpp"

namespace mp::net {
namespace {

class RequestParserTest : public ::testing::Test {
  protected:
    RequestParserTest() { parser_.Begin(request_); }

    // Feeds in pieces of `step`; what was left over behind the request.
    std::string Feed(std::string_view bytes, size_t step = 1u << 30) {
        std::string pending;
        for (size_t at = 0; at < bytes.size(); at += step) {
            pending += bytes.substr(at, step);
            pending.erase(0, parser_.Feed(pending));
        }
        return pending;
    }
    int ErrorOf(std::string_view bytes) {
        parser_.Begin(request_);
        Feed(bytes);
        return parser_.state() == RequestParser::State::kFailed ? parser_.error_status() : 0;
    }

    HttpRequest request_;
    RequestParser parser_{{1024, 100}};
};

TEST_F(RequestParserTest, ReadsARequestHoweverItArrives) {
    const std::string bytes =
        "POST /a/b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nX-Y:  z \r\n\r\nhello";
    for (const size_t step : {1u, 3u, 1u << 20}) {
        parser_.Begin(request_);
        EXPECT_EQ(Feed(bytes, step), "");
        ASSERT_EQ(parser_.state(), RequestParser::State::kComplete);
        EXPECT_EQ(request_.method, HttpMethod::kPost);
        EXPECT_EQ(request_.target, "/a/b?c=d");
        EXPECT_EQ(request_.path(), "/a/b");
        EXPECT_EQ(request_.query(), "c=d");
        EXPECT_EQ(request_.headers.Get("x-y"), "z");
        EXPECT_EQ(request_.body, "hello");
        EXPECT_TRUE(parser_.keep_alive());
    }
}

TEST_F(RequestParserTest, LeavesThePipelinedNextOneAlone) {
    const std::string next = "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n";
    EXPECT_EQ(Feed("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" + next), next);
    EXPECT_EQ(request_.target, "/1");
    EXPECT_EQ(parser_.state(), RequestParser::State::kComplete);
}

TEST_F(RequestParserTest, ReadsChunkedBodies) {
    Feed(
        "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: 1\r\n\r\n"
    );
    EXPECT_EQ(parser_.state(), RequestParser::State::kComplete);
    EXPECT_EQ(request_.body, "abcde");
}

TEST_F(RequestParserTest, UnderstandsProxiesAndOldClients) {
    Feed("GET http://host:80/p?q HTTP/1.0\r\n\r\n");
    EXPECT_EQ(parser_.state(), RequestParser::State::kComplete);
    EXPECT_EQ(request_.target, "/p?q");
    EXPECT_FALSE(parser_.keep_alive());
    EXPECT_TRUE(parser_.http_1_0());
}

TEST_F(RequestParserTest, RefusesWithTheStatusThatFits) {
    EXPECT_EQ(ErrorOf("garbage\r\n\r\n"), 400);
    EXPECT_EQ(ErrorOf("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(ErrorOf("GET / HTTP/1.1\r\nHost: x\r\nbad line\r\n\r\n"), 400);
    EXPECT_EQ(ErrorOf("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n"), 400);
    EXPECT_EQ(
        ErrorOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
                "chunked\r\n\r\n"),
        400
    );
    EXPECT_EQ(ErrorOf("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
    EXPECT_EQ(ErrorOf("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505);
    EXPECT_EQ(ErrorOf("GET / HTTP/1.1\r\nHost: " + std::string(2000, 'x')), 431);
    EXPECT_EQ(ErrorOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n"), 413);
    EXPECT_EQ(
        ErrorOf(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" +
            std::string(255, 'x') + "\r\n0\r\n\r\n"
        ),
        413
    );
}

TEST_F(RequestParserTest, SurvivesGarbage) {
    std::mt19937 random(7);
    const std::string good =
        "POST /a?b=c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n";
    for (int round = 0; round < 20000; ++round) {
        std::string bytes = good;
        for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
        parser_.Begin(request_);
        Feed(bytes, 1 + random() % 100);
        EXPECT_LE(request_.body.size(), 100u);
    }
}

class ResponseParserTest : public ::testing::Test {
  protected:
    Status Feed(std::string_view bytes) {
        const Result<size_t> consumed = parser_.Feed(bytes);
        return consumed.status();
    }

    ResponseParser parser_{{1024, 100}};
};

TEST_F(ResponseParserTest, PassesOverInterimAnswers) {
    ASSERT_TRUE(Feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Too Many\r\nRetry-After: 3\r\n"
                     "Content-Length: 2\r\n\r\nno")
                    .ok());
    ASSERT_TRUE(parser_.complete());
    EXPECT_EQ(parser_.status(), 429);
    EXPECT_EQ(parser_.headers().Get("retry-after"), "3");
    EXPECT_EQ(parser_.body(), "no");
    EXPECT_TRUE(parser_.keep_alive());
}

TEST_F(ResponseParserTest, ReadsABodyThatEndsWithTheConnection) {
    ASSERT_TRUE(Feed("HTTP/1.1 200 OK\r\n\r\nsome").ok());
    EXPECT_FALSE(parser_.complete());
    EXPECT_TRUE(parser_.FeedEnd().ok());
    EXPECT_EQ(parser_.body(), "some");
    EXPECT_FALSE(parser_.keep_alive());
}

TEST_F(ResponseParserTest, RefusesAStatusBelowAllClasses) {
    EXPECT_EQ(Feed("HTTP/1.1 040 OK\r\n\r\n").code(), StatusCode::kInternal);
}

TEST_F(ResponseParserTest, NoticesThatTheEndIsMissing) {
    ASSERT_TRUE(Feed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome").ok());
    EXPECT_EQ(parser_.FeedEnd().code(), StatusCode::kUnavailable);
}

TEST_F(ResponseParserTest, BoundsWhatItReads) {
    EXPECT_EQ(
        Feed("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n").code(),
        StatusCode::kResourceExhausted
    );
    ResponseParser other({1024, 100});
    const std::string endless = "HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x');
    EXPECT_EQ(other.Feed(endless).status().code(), StatusCode::kResourceExhausted);
    ResponseParser third({1024, 100});
    EXPECT_EQ(third.Feed("SSH-2.0-x\r\n\r\n").status().code(), StatusCode::kInternal);
}

}  // namespace
}  // namespace mp::net
