/* One run of a workload: open, warm up, measure, tell. */
#pragma once

/* Returns the exit status. */
int run(void);
