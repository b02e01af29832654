#!/usr/bin/env bash
# Builds the firmware: build.sh LIBMQTT_A OUTPUT_ELF. The library comes from
#   cargo build -p polymqtt-c --no-default-features --profile firmware --target thumbv7em-none-eabihf
set -eu
cd "$(dirname "$0")"
arm-none-eabi-gcc -std=c11 -Wall -Wextra -Werror -Os -g \
    -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -ffunction-sections -fdata-sections \
    -nostartfiles --specs=nano.specs -Wl,--gc-sections,--no-warn-execstack,--no-warn-rwx-segments -Wl,-Map="$2.map" -T linker.ld -I ../../ffi-c/include \
    board.c main.c "$1" -o "$2"
arm-none-eabi-size "$2"
