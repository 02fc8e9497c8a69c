"""Column types that keep numbers exact: times in µs, measures with NaN, identifiers."""

from __future__ import annotations

import math
from datetime import datetime
from operator import index
from typing import Any, SupportsFloat, SupportsIndex

from sqlalchemy import BigInteger, Dialect, Float, Integer
from sqlalchemy.types import TypeDecorator

from db.times import to_us

BigKey = BigInteger().with_variant(Integer, "sqlite")


class TimeUs(TypeDecorator[int]):
    """Integer µs UTC. Takes whole numbers (numpy's too) and aware times; refuses naive ones."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self, value: SupportsIndex | datetime | None, dialect: Dialect
    ) -> int | None:
        """Turn a time into the integer to be stored."""
        if value is None:
            return None
        return to_us(value) if isinstance(value, datetime) else index(value)


class Measure(TypeDecorator[float]):
    """A measured number in which NaN means "not assessable": stored as NULL, read as NaN."""

    impl = Float
    cache_ok = True

    def process_bind_param(self, value: SupportsFloat | None, dialect: Dialect) -> float | None:
        """Turn NaN into NULL, on every kind of database."""
        if value is None:
            return None
        number = float(value)
        return None if math.isnan(number) else number

    def process_result_value(self, value: Any, dialect: Dialect) -> float:
        """Turn NULL back into NaN."""
        return math.nan if value is None else float(value)
