#include "kubeconfig.h"
int kubeconfig_read(struct json *root, struct view text, struct buffer memory, struct error *err)
{
	(void)root;
	(void)text;
	(void)memory;
	return error_set(err, ERROR_CONFIG, "stub");
}
int kubeconfig_choose(struct kubeconfig_choice *choice, const struct json *root, struct error *err)
{
	(void)choice;
	(void)root;
	return error_set(err, ERROR_CONFIG, "stub");
}
int kubeconfig_choose_cluster(struct json *cluster, const struct json *root, struct error *err)
{
	(void)cluster;
	(void)root;
	return error_set(err, ERROR_CONFIG, "stub");
}
int kubeconfig_take_text(char *text, size_t capacity, const struct json *mapping, const char *field, struct error *err)
{
	(void)text;
	(void)capacity;
	(void)mapping;
	(void)field;
	return error_set(err, ERROR_CONFIG, "stub");
}
int kubeconfig_take_data(struct buffer *data, const struct json *mapping, const char *field, struct error *err)
{
	(void)data;
	(void)mapping;
	(void)field;
	return error_set(err, ERROR_CONFIG, "stub");
}
