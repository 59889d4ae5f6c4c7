/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/worker.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/pool.h"

/*
 * How often a thread checks whether the other one is ready before sleeping:
 * for some fifty microseconds, in which several loads are done.  A wakeup costs
 * more than a load; with a slow pipe, longer spinning would waste a processor.
 */
#define LOOKS	1024

struct worker {
	pthread_t thread;
	sem_t filled;		/* loads given and not begun, or the end */
	sem_t empty;		/* loads that may be filled */
	unsigned loads;
	unsigned at;		/* the caller's next */
	bool has_next;		/* and it is the caller's already */
	uint64_t left;		/* blocks of memory, once it has ended */
	atomic_bool is_over;
	void (*work)(void *arg, unsigned load);
	void *arg;
};

static void
take(sem_t *sem)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		if (sem_trywait(sem) == 0)
			return;
		RELAX();
	}
	/* A signal interrupted the wait: its handler has run. */
	while (sem_wait(sem) != 0)
		continue;
}

/*
 * Return loads several at a time, or a faster caller would sleep and be woken
 * for each; return all before the worker sleeps.
 */
static void
give_back(struct worker *worker, unsigned *done)
{
	for (; *done > 0; --*done)
		sem_post(&worker->empty);
}

static void *
run(void *arg)
{
	struct worker *worker = arg;
	unsigned done = worker->loads;

	give_back(worker, &done);

	for (unsigned at = 0;; at = (at + 1) % worker->loads) {
		if (sem_trywait(&worker->filled) != 0) {
			give_back(worker, &done);
			take(&worker->filled);
		}
		if (atomic_load(&worker->is_over))
			break;
		worker->work(worker->arg, at);
		if (++done >= worker->loads / 2)
			give_back(worker, &done);
	}
	worker->left = mem_outstanding();
	return NULL;
}

unsigned
worker_processors(void)
{
	long online;
#ifdef HAVE_SCHED_GETAFFINITY
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (unsigned)CPU_COUNT(&set);
#endif
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 1 ? (unsigned)online : 1;
}

/* Handlers run where poll(2) and read(2) wait to be interrupted. */
static bool
start_thread(struct worker *worker)
{
	sigset_t all, before;
	bool is_started;

	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return false;
	is_started = pthread_create(&worker->thread, NULL, run, worker) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return is_started;
}

static bool
start(struct worker *worker)
{
	/* Not everywhere are there semaphores without a name. */
	if (sem_init(&worker->filled, 0, 0) != 0)
		return false;
	if (sem_init(&worker->empty, 0, 0) == 0) {
		if (start_thread(worker))
			return true;
		sem_destroy(&worker->empty);
	}
	sem_destroy(&worker->filled);
	return false;
}

struct worker *
worker_start(unsigned loads, void (*work)(void *arg, unsigned load),
    void *arg)
{
	struct worker *worker = worker_processors() > 1 ?
	    mem_zalloc(sizeof(*worker)) : NULL;

	if (worker == NULL)
		return NULL;
	worker->loads = loads;
	worker->work = work;
	worker->arg = arg;
	if (!start(worker)) {
		mem_free(worker);
		return NULL;
	}
	/* The thread posts once when running. */
	(void)worker_next(worker);
	return worker;
}

void
worker_stop(struct worker *worker)
{
	if (worker == NULL)
		return;
	worker_drain(worker);
	atomic_store(&worker->is_over, true);
	sem_post(&worker->filled);
	pthread_join(worker->thread, NULL);
	mem_inherit(worker->left);
	sem_destroy(&worker->empty);
	sem_destroy(&worker->filled);
	mem_free(worker);
}

bool
worker_is_ready(struct worker *worker)
{
	worker->has_next = worker->has_next ||
	    sem_trywait(&worker->empty) == 0;
	return worker->has_next;
}

unsigned
worker_next(struct worker *worker)
{
	if (!worker->has_next)
		take(&worker->empty);
	worker->has_next = true;
	return worker->at;
}

void
worker_give(struct worker *worker)
{
	worker->has_next = false;
	worker->at = (worker->at + 1) % worker->loads;
	sem_post(&worker->filled);
}

void
worker_drain(struct worker *worker)
{
	const unsigned others = worker->loads - worker->has_next;

	for (unsigned i = 0; i < others; i++)
		take(&worker->empty);
	for (unsigned i = 0; i < others; i++)
		sem_post(&worker->empty);
}
