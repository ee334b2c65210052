// SPDX-License-Identifier: Apache-2.0
#include "ipc/pending.h"

#include <stdlib.h>

static void free_list(fg_pending_place *place)
{
    for (fg_pending_place *next; place; place = next) {
        next = place->next;
        free(place);
    }
}

void fg_pending_drop(fg_pending *p)
{
    for (uint32_t i = 0; i < FG_PENDING_BUCKETS; i++)
        free_list(p->buckets[i]);
    free_list(p->spare);
    *p = (fg_pending){ .n = 0 };
}

bool fg_pending_add(fg_pending *p, uint64_t id, void *call)
{
    fg_pending_place *place = p->spare;
    if (place)
        p->spare = place->next;
    else if (!(place = malloc(sizeof *place)))
        return false;
    fg_pending_place **bucket = &p->buckets[id % FG_PENDING_BUCKETS];
    *place = (fg_pending_place){ *bucket, id, call };
    *bucket = place;
    p->n++;
    return true;
}

/* The link that leads to it, or to NULL. */
static fg_pending_place **find(fg_pending *p, uint64_t id)
{
    fg_pending_place **at = &p->buckets[id % FG_PENDING_BUCKETS];
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

void fg_pending_forget(fg_pending *p, uint64_t id)
{
    fg_pending_place *place = *find(p, id);
    if (place)
        place->call = NULL;
}

static bool take(fg_pending *p, fg_pending_place **at, void **call)
{
    fg_pending_place *place = *at;
    if (!place)
        return false;
    *call = place->call;
    *at = place->next;
    place->next = p->spare;
    p->spare = place;
    p->n--;
    return true;
}

bool fg_pending_take(fg_pending *p, uint64_t id, void **call)
{
    return take(p, find(p, id), call);
}

bool fg_pending_any(fg_pending *p, void **call)
{
    for (uint32_t i = 0; i < FG_PENDING_BUCKETS; i++)
        if (take(p, &p->buckets[i], call))
            return true;
    return false;
}
