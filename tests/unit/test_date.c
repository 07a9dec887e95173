/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <time.h>

#include "date.h"

static const struct {
	const char *text;
	int64_t seconds;
} vectors[] = {
	{"1970-01-01T00:00:00Z", 0},           {"1969-12-31T23:59:59Z", -1},           {"1969-12-31T00:00:00Z", -86400},
	{"1900-02-28T23:59:59Z", -2203891201}, {"1900-03-01T00:00:00Z", -2203891200},  {"1600-02-29T12:00:00Z", -11670955200},
	{"1972-02-29T00:00:00Z", 68169600},    {"1999-12-31T23:59:59Z", 946684799},    {"2000-02-29T00:00:00Z", 951782400},
	{"2000-03-01T00:00:00Z", 951868800},   {"2027-11-24T08:00:00Z", 1827043200},   {"2038-01-19T03:14:07Z", 2147483647},
	{"2038-01-19T03:14:08Z", 2147483648},  {"2100-02-28T23:59:59Z", 4107542399},   {"2100-03-01T00:00:00Z", 4107542400},
	{"2106-02-07T06:28:16Z", 4294967296},  {"9999-12-31T23:59:59Z", 253402300799},
};

TEST(known_moments_have_the_right_date)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		BUFFER(text, 32);
		date_format(&text, vectors[i].seconds);
		assert_text(vectors[i].text, buffer_view(&text), vectors[i].text);
	}
}

TEST(a_date_goes_back_to_the_same_second)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct date date = date_from_seconds(vectors[i].seconds);
		assert_row(vectors[i].text, date_to_seconds(&date) == vectors[i].seconds);
	}
}

/* Every 29 days and some hours from the year 0 to 9999 beside the C library. */
TEST(dates_are_those_of_the_c_library)
{
	for (int64_t seconds = -62167219200; seconds <= 253402300799; seconds += 29 * 86400 + 12345) {
		struct date date = date_from_seconds(seconds);
		time_t moment = (time_t)seconds;
		const struct tm *tm = gmtime(&moment);

		assert_non_null(tm);
		if (date.year != tm->tm_year + 1900 || date.month != tm->tm_mon + 1 || date.day != tm->tm_mday ||
		    date.hour != tm->tm_hour || date.minute != tm->tm_min || date.second != tm->tm_sec ||
		    date_to_seconds(&date) != seconds) {
			fail_msg("at %lld", (long long)seconds);
		}
	}
}

TEST(every_day_of_the_calendar_is_one_day_after_the_one_before)
{
	struct date before = date_from_seconds(-86400);

	for (int64_t day = 0; day < 150000; day++) { /* to the year 2380: past 2100, 2200, 2300 */
		struct date date = date_from_seconds(day * 86400);
		bool next_day = date.day == before.day + 1 && date.month == before.month && date.year == before.year;
		bool next_month = date.day == 1 && before.day >= 28 && date.month == before.month + 1 && date.year == before.year;
		bool next_year = date.day == 1 && date.month == 1 && before.day == 31 && before.month == 12 && date.year == before.year + 1;
		if (!next_day && !next_month && !next_year) {
			fail_msg("day %lld", (long long)day);
		}
		before = date;
	}
}

TEST(durations_read_as_people_write_them)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
		{0, "0s"},    {1, "1s"},      {59, "59s"},    {60, "1m"},       {61, "1m1s"},   {3599, "59m59s"},
		{3600, "1h"}, {3601, "1h1s"}, {3660, "1h1m"}, {3723, "1h2m3s"}, {86400, "24h"}, {1000000000, "277777h46m40s"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(text, 32);
		date_format_duration(&text, rows[i].seconds);
		assert_text(rows[i].text, buffer_view(&text), rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_moments_have_the_right_date),
		cmocka_unit_test(a_date_goes_back_to_the_same_second),
		cmocka_unit_test(dates_are_those_of_the_c_library),
		cmocka_unit_test(every_day_of_the_calendar_is_one_day_after_the_one_before),
		cmocka_unit_test(durations_read_as_people_write_them),
	};
	return RUN("date", tests);
}
