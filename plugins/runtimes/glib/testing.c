/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The cases of a test program, as it adds them: path and function, so that one that hangs can be named
 * from the stack of what it waits for, also where nobody reads what the program prints. */

#include "plugin.h"

static InspectKind resource_case = { "glib.test-case",      "test case", INSPECT_KIND_RESOURCE,
                                     INSPECT_RESOURCE_CASE, 0,           0 };

static void
say_case (const char *path, const void *function)
{
  InspectObject object;

  if (!plugin_is_on () || path == NULL || function == NULL)
    return;
  object = inspect_object (&resource_case, inspect_id_new ());
  inspect_resource_begin (object, inspect_location_of_function (function));
  plugin_say_text (object, &key_name, path);
}

void
hook_g_test_add_func (const char *testpath, GTestFunc test_func)
{
  say_case (testpath, (const void *)test_func);
  real_g_test_add_func (testpath, test_func);
}

void
hook_g_test_add_data_func (const char *testpath, gconstpointer test_data, GTestDataFunc test_func)
{
  say_case (testpath, (const void *)test_func);
  real_g_test_add_data_func (testpath, test_data, test_func);
}

void
hook_g_test_add_data_func_full (const char *testpath, gpointer test_data, GTestDataFunc test_func,
                                GDestroyNotify data_free_func)
{
  say_case (testpath, (const void *)test_func);
  real_g_test_add_data_func_full (testpath, test_data, test_func, data_free_func);
}

void
hook_g_test_add_vtable (const char *testpath, gsize data_size, gconstpointer test_data,
                        GTestFixtureFunc data_setup, GTestFixtureFunc data_test,
                        GTestFixtureFunc data_teardown)
{
  say_case (testpath, (const void *)data_test);
  real_g_test_add_vtable (testpath, data_size, test_data, data_setup, data_test, data_teardown);
}
