// QEMU's mps2-an386: CMSDK UART 0, SysTick, semihosting. A real board has other registers here and the same functions.
#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define UART_DATA REGISTER(0x40004000)
#define UART_STATE REGISTER(0x40004004)
#define UART_CONTROL REGISTER(0x40004008)
#define UART_BAUD_DIVISOR REGISTER(0x40004010)
#define SYSTICK_CONTROL REGISTER(0xE000E010)
#define SYSTICK_RELOAD REGISTER(0xE000E014)
#define SYSTICK_VALUE REGISTER(0xE000E018)
#define COPROCESSOR_ACCESS REGISTER(0xE000ED88)

enum { CLOCK_HZ = 25000000, UART_TX_FULL = 1, UART_RX_FULL = 2, SYS_WRITE0 = 0x04, SYS_EXIT = 0x18 };

extern uint32_t data_start[], data_end[], data_source[], bss_start[], bss_end[], stack_top[];
int main(void);

static volatile uint32_t ticks;

static void semihosting(uint32_t operation, uintptr_t argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register uintptr_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

_Noreturn void reset(void) {
    // The library uses the floating point unit's registers.
    COPROCESSOR_ACCESS |= 0xFu << 20;
    __asm__ volatile("dsb\nisb");
    for (uint32_t *from = data_source, *to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    UART_BAUD_DIVISOR = 16;
    UART_CONTROL = 3;
    SYSTICK_RELOAD = CLOCK_HZ / 1000 - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7;
    board_exit(main() == 0);
}

static void tick(void) {
    ticks++;
}

static void fault(void) {
    board_print("fault\n");
    board_exit(false);
}

__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))stack_top, (void (*)(void))reset, fault, fault, fault, fault, fault, 0, 0, 0, 0,
    fault, fault, 0, fault, tick,
};

// Nothing unwinds here: without these, the compiler's library would bring its unwinder.
void __aeabi_unwind_cpp_pr0(void) {
}

void __aeabi_unwind_cpp_pr1(void) {
}

uint64_t board_now_ms(void) {
    return ticks;
}

void board_sleep(void) {
    __asm__ volatile("wfi");
}

bool board_uart_read(uint8_t *byte) {
    if ((UART_STATE & UART_RX_FULL) == 0) {
        return false;
    }
    *byte = (uint8_t)UART_DATA;
    return true;
}

bool board_uart_write(uint8_t byte) {
    if ((UART_STATE & UART_TX_FULL) != 0) {
        return false;
    }
    UART_DATA = byte;
    return true;
}

void board_print(const char *text) {
    semihosting(SYS_WRITE0, (uintptr_t)text);
}

_Noreturn void board_exit(bool is_success) {
    // ADP_Stopped_ApplicationExit, or ADP_Stopped_RunTimeErrorUnknown.
    semihosting(SYS_EXIT, is_success ? 0x20026 : 0x20023);
    for (;;) {
    }
}
