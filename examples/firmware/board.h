// The board: an emulated Cortex-M4F with a UART, a clock of milliseconds, and a way to say something to the outside.
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Milliseconds since the start.
uint64_t board_now_ms(void);
// Sleeps until something happens: at the latest the next millisecond.
void board_sleep(void);
// The next byte from the UART; false when there is none.
bool board_uart_read(uint8_t *byte);
// Writes a byte to the UART; false when it is busy.
bool board_uart_write(uint8_t byte);
// Prints on the console of the debugger.
void board_print(const char *text);
// Ends the program.
_Noreturn void board_exit(bool is_success);

#endif
