/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Callbacks as programs write them, and structs with handles in them. Nobody runs it. */

#include <stddef.h>

struct lib_handle
{
  void *data;
  int number;
};

struct lib_request
{
  void *data;
  struct lib_handle *handle;
};

struct client
{
  int descriptor;
  char name[20];
  struct lib_handle handle;
  int n_requests;
};

typedef struct
{
  struct lib_request request;
  int bytes;
} write_request;

struct wrapper
{
  long before;
  write_request inner;
};

struct other
{
  double ratio;
  int sum;
};

extern void consume (const void *pointer, int number);

#define CONTAINER_OF(pointer, type, member)                                                        \
  ((type *)(void *)((char *)(pointer)-offsetof (type, member)))

static void
by_data (struct lib_handle *handle, long status)
{
  struct client *client = handle->data;

  if (status < 0)
    {
      consume (NULL, -1);
      return;
    }
  client->n_requests++;
  consume (client, client->n_requests);
}

static void
by_data_later (struct lib_handle *handle, long status)
{
  if (status < 0)
    {
      consume (handle, -1);
      return;
    }
  consume (handle, (int)status);
  if (handle->number == 3)
    {
      struct client *late = handle->data;

      consume (late, late->descriptor);
    }
}

static void
by_container (struct lib_handle *handle)
{
  struct client *client = CONTAINER_OF (handle, struct client, handle);

  consume (client->name, client->descriptor);
  consume (client, client->descriptor);
}

static void
by_cast (struct lib_request *request, int status)
{
  write_request *write = (write_request *)request;

  consume (write, write->bytes + status);
}

static int
count (struct other *other)
{
  other->sum++;
  return other->sum;
}

static void
by_parameter (struct lib_handle *handle)
{
  consume (handle, count (handle->data));
}

static int
by_user_data (int descriptor, unsigned int condition, void *user_data)
{
  struct other *other = user_data;

  consume (NULL, descriptor);
  other->sum += (int)condition;
  consume (other, other->sum);
  return 1;
}

static int
by_own_type (struct client *client)
{
  consume (client, 0);
  return 0;
}

static void
by_nothing (struct lib_handle *handle)
{
  struct other *unrelated = NULL;

  consume (&unrelated, handle->number);
  consume (unrelated, 0);
}

static void
by_either (struct lib_handle *handle)
{
  if (handle->number == 1)
    {
      struct client *client = handle->data;

      client->n_requests++;
      consume (client, client->descriptor);
    }
  else
    {
      struct other *other = handle->data;

      other->ratio += 1;
      consume (other, other->sum);
    }
}

static void
by_floating (double ratio, struct lib_handle *handle)
{
  struct client *client = handle->data;

  consume (client, (int)ratio + client->descriptor);
  consume (client, client->n_requests);
}

static struct wrapper wrapper;

/* So that they stay. */
typedef void (*Function) (void);
Function functions[] = {
  (Function)by_data,      (Function)by_data_later, (Function)by_container, (Function)by_cast,
  (Function)by_parameter, (Function)by_user_data,  (Function)by_own_type,  (Function)by_nothing,
  (Function)by_either,    (Function)by_floating,
};

__attribute__ ((noipa)) void
consume (const void *pointer, int number)
{
  __asm__ volatile("" : : "r"(pointer), "r"(number) : "memory");
}

int
main (void)
{
  consume (&wrapper, 0);
  return 0;
}
