/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a person does to a window from outside, in a process of its own:
 *
 *     x-user resize PID WIDTH HEIGHT     as who pulls at an edge, beyond what the window would like, too
 *     x-user drop PID X Y URI...         as a file manager from which files are dragged: XDND, version 5
 *     x-user hold PID X Y URI...         the same, and says "held" while they are over it: drops them after a line of input
 *     x-user focus PID                   gives it the keyboard, and prints its number, as xdotool wants it
 *
 * PID is whose window it is, the topmost one; X and Y are in it. Ends with 0 once it is done, where files are
 * dropped once they have been taken; else with 1 and a line that says why not. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>

#define XDND_VERSION 5

typedef struct
{
  Display *display;
  Window root;
  Window target, source;
  Atom enter, position, status, leave, drop, finished, aware, selection, copy, uri_list, pid;
} User;

static const struct
{
  const char *name;
  size_t offset;
} atoms[] = {
  { "XdndEnter", offsetof (User, enter) },     { "XdndPosition", offsetof (User, position) },
  { "XdndStatus", offsetof (User, status) },   { "XdndLeave", offsetof (User, leave) },
  { "XdndDrop", offsetof (User, drop) },       { "XdndFinished", offsetof (User, finished) },
  { "XdndAware", offsetof (User, aware) },     { "XdndSelection", offsetof (User, selection) },
  { "XdndActionCopy", offsetof (User, copy) }, { "text/uri-list", offsetof (User, uri_list) },
  { "_NET_WM_PID", offsetof (User, pid) },
};

static int
fail (const char *why)
{
  fprintf (stderr, "x-user: %s\n", why);
  return EXIT_FAILURE;
}

/* Windows of others come and go while they are looked through. */
static int
ignore_error (Display *display, XErrorEvent *event)
{
  (void)display;
  (void)event;
  return 0;
}

/* The first of the 32-bit values of a property; 0: there is none. */
static unsigned long
get_number (User *self, Window window, Atom property)
{
  Atom type;
  int format;
  unsigned long n = 0, rest, value = 0;
  unsigned char *data = NULL;

  if (XGetWindowProperty (self->display, window, property, 0, 1, False, AnyPropertyType, &type,
                          &format, &n, &rest, &data) == Success &&
      format == 32 && n == 1)
    value = *(unsigned long *)data;
  if (data != NULL)
    XFree (data);
  return value;
}

static Window
find_window (User *self, unsigned long pid)
{
  Window root, parent, *children = NULL, found = None;
  unsigned n = 0;

  if (!XQueryTree (self->display, self->root, &root, &parent, &children, &n))
    return None;
  while (found == None && n-- > 0)
    {
      XWindowAttributes attributes;

      if (get_number (self, children[n], self->pid) == pid &&
          XGetWindowAttributes (self->display, children[n], &attributes) &&
          attributes.map_state == IsViewable && !attributes.override_redirect)
        found = children[n];
    }
  if (children != NULL)
    XFree (children);
  return found;
}

/* ---- Dragging ------------------------------------------------------------------------------------- */

static void
say (User *self, Atom what, long second, long third, long fourth, long fifth)
{
  XEvent event = { .xclient = { .type = ClientMessage,
                                .window = self->target,
                                .message_type = what,
                                .format = 32,
                                .data.l = { (long)self->source, second, third, fourth, fifth } } };

  XSendEvent (self->display, self->target, False, NoEventMask, &event);
  XFlush (self->display);
}

/* What is asked for is given: the files, one a line. */
static void
answer (User *self, const XSelectionRequestEvent *asked, const char *files)
{
  bool is_files = asked->target == self->uri_list;
  XEvent event = { .xselection = { .type = SelectionNotify,
                                   .requestor = asked->requestor,
                                   .selection = asked->selection,
                                   .target = asked->target,
                                   .property = is_files ? asked->property : None,
                                   .time = asked->time } };

  if (is_files)
    XChangeProperty (self->display, asked->requestor, asked->property, self->uri_list, 8,
                     PropModeReplace, (const unsigned char *)files, (int)strlen (files));
  XSendEvent (self->display, asked->requestor, False, NoEventMask, &event);
  XFlush (self->display);
}

/* The next message of that kind; what is asked for meanwhile is given. */
static XClientMessageEvent
listen_for (User *self, Atom what, const char *files)
{
  while (true)
    {
      XEvent event;

      XNextEvent (self->display, &event);
      if (event.type == SelectionRequest)
        answer (self, &event.xselectionrequest, files);
      else if (event.type == ClientMessage && event.xclient.message_type == what)
        return event.xclient;
    }
}

/* Until whoever has called says to let go. */
static void
hold (void)
{
  int c;

  puts ("held");
  fflush (stdout);
  do
    c = getchar ();
  while (c != EOF && c != '\n');
}

static int
drop (User *self, int x, int y, const char *files, bool is_held)
{
  unsigned long version = get_number (self, self->target, self->aware);
  Window child;
  XClientMessageEvent said;

  if (version == 0)
    return fail ("the window takes nothing that is dragged (it has no XdndAware)");
  XTranslateCoordinates (self->display, self->target, self->root, x, y, &x, &y, &child);
  XSetSelectionOwner (self->display, self->selection, self->source, CurrentTime);
  say (self, self->enter, (long)(version < XDND_VERSION ? version : XDND_VERSION) << 24,
       (long)self->uri_list, None, None);
  say (self, self->position, 0, (long)x << 16 | y, CurrentTime, (long)self->copy);
  said = listen_for (self, self->status, files);
  if ((said.data.l[1] & 1) == 0)
    {
      say (self, self->leave, 0, 0, 0, 0);
      return fail ("it is not taken there");
    }
  if (is_held)
    hold ();
  say (self, self->drop, 0, CurrentTime, 0, 0);
  said = listen_for (self, self->finished, files);
  return (said.data.l[1] & 1) != 0 ? EXIT_SUCCESS : fail ("it was dropped, and not taken");
}

/* As text/uri-list has it. */
static char *
join (char **uris)
{
  size_t length = 1;
  char *files;

  for (char **uri = uris; *uri != NULL; uri++)
    length += strlen (*uri) + 2;
  files = calloc (1, length);
  for (char **uri = uris; files != NULL && *uri != NULL; uri++)
    strcat (strcat (files, *uri), "\r\n");
  return files;
}

int
main (int argc, char **argv)
{
  User self = { .display = XOpenDisplay (NULL) };
  char *files;
  int status;

  if (argc < 3 || (argc < 5 && strcmp (argv[1], "focus") != 0))
    return fail ("x-user resize PID WIDTH HEIGHT, x-user drop PID X Y URI..., x-user focus PID");
  if (self.display == NULL)
    return fail ("there is no display");
  XSetErrorHandler (ignore_error);
  self.root = DefaultRootWindow (self.display);
  for (size_t i = 0; i < sizeof atoms / sizeof *atoms; i++)
    *(Atom *)(void *)((char *)&self + atoms[i].offset) =
        XInternAtom (self.display, atoms[i].name, False);
  self.target = find_window (&self, strtoul (argv[2], NULL, 10));
  if (self.target == None)
    return fail ("that process has no window");
  if (strcmp (argv[1], "focus") == 0)
    {
      XSetInputFocus (self.display, self.target, RevertToNone, CurrentTime);
      XSync (self.display, False);
      printf ("%lu\n", self.target);
      return EXIT_SUCCESS;
    }
  if (strcmp (argv[1], "resize") == 0)
    {
      XResizeWindow (self.display, self.target, (unsigned)atoi (argv[3]), (unsigned)atoi (argv[4]));
      XSync (self.display, False);
      return EXIT_SUCCESS;
    }
  self.source = XCreateSimpleWindow (self.display, self.root, -10, -10, 1, 1, 0, 0, 0);
  files = join (argv + 5);
  status = files != NULL
               ? drop (&self, atoi (argv[3]), atoi (argv[4]), files, strcmp (argv[1], "hold") == 0)
               : EXIT_FAILURE;
  free (files);
  XCloseDisplay (self.display);
  return status;
}
