#include "host.h"
void log_say(enum host_level level, const char *text);
void log_say(enum host_level level, const char *text)
{
	(void)level;
	(void)text;
}
