"""Does it answer? Each probe has a deadline of its own."""

import asyncio
from contextlib import suppress

import asyncpg
from redis import asyncio as redis
from redis import exceptions as redis_errors

DEADLINE = 5.0


async def http_status(port: int, path: str, deadline: float = DEADLINE) -> int | None:
    """The status of a GET on this machine, or None."""
    try:
        async with asyncio.timeout(deadline):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
                head = await reader.readline()
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except (OSError, ValueError):  # TimeoutError is an OSError
        return None
    words = head.split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None


async def postgres_executes(url: str, statement: str = "SELECT 1", deadline: float = DEADLINE) -> None:
    """Raise what the driver raises unless a whole connection can be made and used."""
    async with asyncio.timeout(deadline):
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            connection.terminate()


async def postgres_answers(url: str, deadline: float = DEADLINE) -> bool:
    """Whether anybody is there: a refusal (full, starting, wrong password) is an answer as well."""
    try:
        await postgres_executes(url, deadline=deadline)
    except asyncpg.PostgresError:
        return True
    except (OSError, asyncpg.InterfaceError):
        return False
    return True


async def valkey_pings(url: str, deadline: float = DEADLINE) -> None:
    client = redis.Redis.from_url(url, socket_timeout=deadline, socket_connect_timeout=deadline)
    try:
        await client.ping()
    finally:
        await client.aclose()


async def valkey_ready(url: str, deadline: float = DEADLINE) -> bool:
    try:
        await valkey_pings(url, deadline)
    except (OSError, redis_errors.RedisError):
        return False
    return True


async def valkey_answers(url: str, deadline: float = DEADLINE) -> bool:
    """A server that is still loading answers."""
    try:
        await valkey_pings(url, deadline)
    except (OSError, redis_errors.ConnectionError, redis_errors.TimeoutError) as error:
        return isinstance(error, redis_errors.BusyLoadingError | redis_errors.AuthenticationError)
    except redis_errors.RedisError:
        return True
    return True
