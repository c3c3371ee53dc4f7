#include "plans/read_ids.h"

#include <string.h>

int read_request_ids(const struct read_request *request, json_t *ret_ids,
		     json_t *ret_of, struct error *err)
{
	for (size_t i = 0; i < request->ids_len; i++)
		json_object_set_new(strchr(request->ids[i], '/') ? ret_of
								 : ret_ids,
				    request->ids[i], json_true());
	for (size_t i = 0; i < request->lanes_len; i++) {
		CLEANUP(address_release) struct address address = { 0 };

		if (address_parse(request->lanes[i], &address, err) < 0)
			return -1;
		json_object_set_new(ret_ids, address.id, json_true());
	}
	return 0;
}

json_t *read_ids(const struct read_request *request, struct error *err)
{
	json_t *ids = json_array();

	for (size_t i = 0; i < request->ids_len; i++)
		json_array_add_unique(ids, request->ids[i]);
	for (size_t i = 0; i < request->lanes_len; i++) {
		CLEANUP(address_release) struct address address = { 0 };
		CLEANUP(error_release) struct error why = ERROR_INIT;

		if (!address_parse(request->lanes[i], &address, &why))
			json_array_add_unique(ids, address.id);
		else if (!error_is_set(err))
			error_copy(err, &why);
	}
	return ids;
}
