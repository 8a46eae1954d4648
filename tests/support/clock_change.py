"""A time zone whose clock is set back: it shows the hour from one to two a second time."""

from datetime import datetime, timedelta, tzinfo

BACK = datetime(2014, 11, 2, 2)  # noqa: DTZ001 - a clock face


class Eastern(tzinfo):
    """North America's eastern time in the autumn of 2014, with no need of a database of zones."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        assert moment is not None
        face = moment.replace(tzinfo=None, fold=0)
        summer = face < BACK - timedelta(hours=moment.fold)
        return timedelta(hours=-4 if summer else -5)

    def dst(self, moment: datetime | None) -> timedelta:
        return self.utcoffset(moment) + timedelta(hours=5)

    def tzname(self, _: datetime | None) -> str:
        return "eastern"


EASTERN = Eastern()
FIRST = datetime(2014, 11, 2, 1, 45, tzinfo=EASTERN)
"""A quarter to two, in summer time."""
SECOND = datetime(2014, 11, 2, 1, 30, tzinfo=EASTERN, fold=1)
"""Half past one, 45 minutes later."""
