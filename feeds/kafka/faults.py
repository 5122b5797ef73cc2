"""What went wrong with a broker, said in one line: what was found, where, and what to do."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator, Mapping, Sequence

from kafka import errors

from analytics.errors import FeedDenied, FeedError, FeedUnavailable, TopicLost, nearest

_TOPICS_TOLD = 8
_CLIENT_ERRORS = (
    errors.KafkaError, OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, AssertionError,
)  # fmt: skip
"""What has been seen to leave kafka-python, its own slips among them."""
_SIGNS: tuple[tuple[str, str], ...] = (
    (
        "IncompatibleBrokerVersion",
        "it answers, but not as a broker; is it a controller's port? Name the broker's listener",
    ),
    (
        "socket disconnected",
        "it hangs up; it is no Kafka listener, or one that wants TLS or a password, "
        "which come with a later version",
    ),
    ("InvalidReceive", "what it answers is not Kafka's; name a Kafka listener"),
    ("timed out", "it takes connections and does not answer as a broker; name a Kafka listener"),
    ("RequestTimedOut", "it takes connections and does not answer as a broker; name a Kafka listener"),
)
"""What the client's log says where a port is open and no broker is behind it, and what that means."""


def nobody_answers(causes: Mapping[str, OSError]) -> FeedUnavailable:
    """Return the fault of servers none of which takes a connection."""
    told = ", ".join(f"{server} ({_os_cause(error)})" for server, error in causes.items())
    return FeedUnavailable(f"no broker answers at {told}; is Kafka running there?")


def no_broker_there(servers: Sequence[str], heard: Sequence[str], error: Exception) -> FeedUnavailable:
    """Return the fault of a server that takes connections and is not understood."""
    where = ",".join(servers)
    log = "\n".join(heard)
    for sign, meaning in _SIGNS:
        if sign in log:
            return FeedUnavailable(f"no broker at {where}: {meaning}")
    return FeedUnavailable(f"no broker at {where}: {heard[-1] if heard else one_line(error)}")


def missing_topic(topic: str, servers: Sequence[str], known: Sequence[str]) -> TopicLost:
    """Return the fault of a topic that is not there."""
    ours = sorted(each for each in known if not each.startswith("__"))
    listed = ", ".join(ours[:_TOPICS_TOLD]) + (", …" if len(ours) > _TOPICS_TOLD else "")
    where = ",".join(servers)
    return TopicLost(
        f"there is no topic {topic!r} at {where}.{nearest(topic, ours)} Topics there: {listed or 'none'}; "
        f"make it with: tickdesk topics create kafka://{where}/{topic}"
    )


def denied(topic: str, deed: str) -> FeedDenied:
    """Return the fault of a topic that an access rule keeps from us; `deed` is an operation of Kafka's ACLs."""
    return FeedDenied(f"not authorised on topic {topic!r}: an ACL must allow {deed} on it")


def one_line(error: BaseException) -> str:
    """Return an error's text without line breaks and without the request that the client repeats in it."""
    text = " ".join(str(error).split())
    return text.partition(": Request '")[0].strip() or type(error).__name__


@contextlib.contextmanager
def told_as_feed_errors(topic: str, servers: Sequence[str], deed: str = "READ") -> Iterator[None]:
    """Turn whatever kafka-python raises into a FeedError in one line."""
    try:
        yield
    except FeedError:
        raise
    except errors.AuthorizationError as error:
        raise denied(topic, deed) from error
    except (errors.UnknownTopicOrPartitionError, errors.UnknownTopicIdError) as error:
        raise missing_topic(topic, servers, ()) from error
    except errors.SaslAuthenticationFailedError as error:
        raise FeedDenied(f"{','.join(servers)} refused the log-in: {one_line(error)}") from error
    except errors.KafkaTimeoutError as error:
        raise FeedUnavailable(f"{','.join(servers)} does not answer: {one_line(error)}") from error
    except errors.KafkaConnectionError as error:
        raise FeedUnavailable(f"lost the connection to {','.join(servers)}: {one_line(error)}") from error
    except errors.UnsupportedCodecError as error:
        raise FeedError(
            f"{topic} at {','.join(servers)}: its ticks are compressed in a way that is not read here: "
            f"{one_line(error)}; have them sent with lz4, zstd or gzip"
        ) from error
    except _CLIENT_ERRORS as error:
        raise FeedError(f"{topic} at {','.join(servers)}: {one_line(error)}") from error


def _os_cause(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return "no answer"
    if error.errno == errno.ECONNREFUSED:
        return "connection refused"
    return (error.strerror or str(error)).lower()
