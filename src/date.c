/* SPDX-License-Identifier: Apache-2.0 */
#include "date.h"

#define DAY_S         86400
#define DAYS_OF_400_Y 146097
#define DAYS_TO_1970  719468 /* from 0000-03-01: years are counted from March, so that the leap day comes last */

struct date date_from_seconds(int64_t seconds)
{
	int64_t days = seconds / DAY_S;
	int64_t rest = seconds % DAY_S;

	if (rest < 0) {
		rest += DAY_S;
		days--;
	}
	days += DAYS_TO_1970;

	int64_t era = (days >= 0 ? days : days - (DAYS_OF_400_Y - 1)) / DAYS_OF_400_Y;
	int64_t day_of_era = days - era * DAYS_OF_400_Y;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	int month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);

	return (struct date){
		.year = (int)(year_of_era + era * 400) + (month <= 2),
		.month = month,
		.day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
		.hour = (int)(rest / 3600),
		.minute = (int)(rest / 60 % 60),
		.second = (int)(rest % 60),
	};
}

int64_t date_to_seconds(const struct date *date)
{
	int64_t year = date->year - (date->month <= 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t month_from_march = date->month > 2 ? date->month - 3 : date->month + 9;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + date->day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	int64_t days = era * DAYS_OF_400_Y + day_of_era - DAYS_TO_1970;

	return days * DAY_S + date->hour * 3600 + date->minute * 60 + date->second;
}

void date_format(struct buffer *buf, int64_t seconds)
{
	struct date date = date_from_seconds(seconds);

	buffer_format(buf, "%d-%02d-%02dT%02d:%02d:%02dZ", date.year, date.month, date.day, date.hour, date.minute, date.second);
}

void date_format_text(char text[DATE_TEXT_LIMIT], int64_t seconds)
{
	struct buffer buf;

	buffer_init(&buf, text, DATE_TEXT_LIMIT - 1);
	date_format(&buf, seconds);
	text[buf.len] = '\0';
}

void date_format_duration(struct buffer *buf, int64_t seconds)
{
	long long hours = seconds / 3600;
	long long minutes = seconds / 60 % 60;
	long long rest = seconds % 60;

	if (hours > 0) {
		buffer_format(buf, "%lldh", hours);
	}
	if (minutes > 0) {
		buffer_format(buf, "%lldm", minutes);
	}
	if (rest > 0 || seconds < 60) {
		buffer_format(buf, "%llds", rest);
	}
}
