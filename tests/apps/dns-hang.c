/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A name server that hears the question and never answers. Each thread of the resolver has a
 * state of its own, so the server is set where the lookup is about to begin: in getaddrinfo(). */

#include <arpa/inet.h>
#include <dlfcn.h>
#include <gio/gio.h>
#include <netdb.h>
#include <resolv.h>
#include <unistd.h>

static struct sockaddr_in deaf;

int
getaddrinfo (const char *name, const char *service, const struct addrinfo *hints,
             struct addrinfo **result)
{
  static __typeof__ (&getaddrinfo) next;

  if (next == NULL)
    next = (__typeof__ (&getaddrinfo))dlsym (RTLD_NEXT, "getaddrinfo");
  res_init ();
  _res.nscount = 1;
  _res.nsaddr_list[0] = deaf;
  return next (name, service, hints, result);
}

static void
on_resolved (GObject *resolver, GAsyncResult *result, gpointer data)
{
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, NULL);

  g_resolver_free_addresses (addresses);
  g_main_loop_quit (data);
}

static void
look_up (GMainLoop *loop)
{
  GResolver *resolver = g_resolver_get_default ();

  g_resolver_lookup_by_name_async (resolver, "slow.example.net", NULL, on_resolved, loop); /* AWAIT */
  g_object_unref (resolver);
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  socklen_t length = sizeof deaf;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  alarm (3);
  deaf.sin_family = AF_INET;
  deaf.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (fd < 0 || bind (fd, (struct sockaddr *)&deaf, sizeof deaf) < 0
      || getsockname (fd, (struct sockaddr *)&deaf, &length) < 0)
    return 1;
  look_up (loop);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  close (fd);
  return 0;
}
