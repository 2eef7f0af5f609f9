/* A program for testing: rows as CSV on standard input, one prediction a line on standard output.
   The first line names the columns where the table that was learned from had a header. The separator is the first
   argument, or the one of , ; tab | that the first line has most of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEST_LINE 1048576
#define TEST_CELLS 65536

static char test_line[TEST_LINE];
static char *test_cells[TEST_CELLS];
static unsigned long test_number_of_line = 0UL;

static void test_fail(const char *message, const char *cell)
{
    fprintf(stderr, "line %lu: %s: %s\n", test_number_of_line, message, cell);
    exit(1);
}

static char *test_stripped(char *text)
{
    char *end;
    while ((*text == ' ') || (*text == '\t'))
    {
        text++;
    }
    end = text + strlen(text);
    while ((end > text) && ((end[-1] == ' ') || (end[-1] == '\t')))
    {
        end--;
    }
    *end = '\0';
    return text;
}

/* The next line that is not blank; 0 at the end. */
static int test_read(void)
{
    for (;;)
    {
        size_t length;
        char *text;
        if (fgets(test_line, TEST_LINE, stdin) == NULL)
        {
            return 0;
        }
        test_number_of_line++;
        length = strlen(test_line);
        if ((length == TEST_LINE - 1U) && (test_line[length - 1U] != '\n'))
        {
            test_fail("longer than the program reads", "");
        }
        while ((length > 0U) && ((test_line[length - 1U] == '\n') || (test_line[length - 1U] == '\r')))
        {
            length--;
            test_line[length] = '\0';
        }
        if ((test_number_of_line == 1UL) && (strncmp(test_line, "\357\273\277", 3U) == 0))
        {
            memmove(test_line, test_line + 3, length - 2U);
        }
        for (text = test_line; (*text == ' ') || (*text == '\t'); text++)
        {
        }
        if (*text != '\0')
        {
            return 1;
        }
    }
}

/* Cut the line into cells, in place; quotes may stand around a cell. */
static size_t test_split(char separator)
{
    size_t count = 0U;
    char *from = test_line;
    for (;;)
    {
        char *to;
        int quoted;
        while (*from == ' ')
        {
            from++;
        }
        if (count == TEST_CELLS)
        {
            test_fail("more cells than the program reads", "");
        }
        quoted = (*from == '"');
        if (quoted)
        {
            from++;
        }
        to = from;
        test_cells[count] = to;
        while ((*from != '\0') && (quoted || (*from != separator)))
        {
            if (quoted && (*from == '"'))
            {
                from++;
                if (*from != '"')
                {
                    quoted = 0;
                    continue;
                }
            }
            *to = *from;
            to++;
            from++;
        }
        if (quoted)
        {
            test_fail("a quote that does not end on its line", test_cells[count]);
        }
        count++;
        if (*from == '\0')
        {
            *to = '\0';
            break;
        }
        from++;
        *to = '\0';
    }
    for (size_t i = 0U; i < count; i++)
    {
        test_cells[i] = test_stripped(test_cells[i]);
    }
    return count;
}

static char test_separator(void)
{
    static const char known[] = ",;\t|";
    char best = ',';
    size_t most = 0U;
    for (const char *sign = known; *sign != '\0'; sign++)
    {
        size_t found = 0U;
        for (const char *text = test_line; *text != '\0'; text++)
        {
            found += (*text == *sign) ? 1U : 0U;
        }
        if (found > most)
        {
            most = found;
            best = *sign;
        }
    }
    return best;
}

static int test_missing(const char *cell)
{
    for (size_t i = 0U; i < sizeof test_gaps / sizeof test_gaps[0]; i++)
    {
        size_t k = 0U;
        const char *gap = test_gaps[i];
        while ((cell[k] != '\0') && (gap[k] != '\0'))
        {
            const char low = ((cell[k] >= 'A') && (cell[k] <= 'Z')) ? (char)(cell[k] - 'A' + 'a') : cell[k];
            if (low != gap[k])
            {
                break;
            }
            k++;
        }
        if ((cell[k] == '\0') && (gap[k] == '\0'))
        {
            return 1;
        }
    }
    return 0;
}

/* How many bytes of one of the signs stand at the text; 0 for none. */
static size_t test_sign(const char *text, const char *const *signs)
{
    for (; *signs != NULL; signs++)
    {
        const size_t length = strlen(*signs);
        if (strncmp(text, *signs, length) == 0)
        {
            return length;
        }
    }
    return 0U;
}

/* value = unit times the number in the cell, rounded up; 0 where the cell holds none, 2 where it was rounded. */
static int test_number(const char *cell, int64_t unit, int64_t *value)
{
    const char *text = cell + (((*cell == '-') || (*cell == '+')) ? 1 : 0);
    int64_t digits = 0;
    int64_t below = 1;
    long power = 0L;
    int finer = 0;
    int seen = 0;
    int decimals = 0;
    for (;;)
    {
        size_t length;
        if ((*text >= '0') && (*text <= '9'))
        {
            const int digit = *text - '0';
            const int kept = (digits < INT64_C(100000000000000000));
            digits = kept ? ((digits * 10) + digit) : digits;
            finer = finer || (!kept && (digit != 0));
            power += (kept ? 0L : 1L) - (decimals ? 1L : 0L);
            seen = 1;
            text++;
            continue;
        }
        length = test_sign(text, (decimals == 0) ? test_points : test_nothing);
        decimals = decimals || (length > 0U);
        if (length == 0U)
        {
            length = test_sign(text, ((decimals == 0) && seen) ? test_thousands : test_nothing);
        }
        if (length == 0U)
        {
            break;
        }
        text += length;
    }
    if (seen && ((*text == 'e') || (*text == 'E')))
    {
        char *end;
        const long exponent = strtol(text + 1, &end, 10);
        seen = (end != text + 1);
        power += (exponent > 10000L) ? 10000L : ((exponent < -10000L) ? -10000L : exponent);
        text = end;
    }
    text += test_sign(text, test_spaces);
    if (seen && (*text == '%'))
    {
        text++;
        power -= 2L;
    }
    if (!seen || (*text != '\0'))
    {
        return 0;
    }
    for (; (digits != 0) && (power < 0L) && (unit % 10 == 0); power++)
    {
        unit /= 10;
    }
    for (; (digits != 0) && (power < 0L) && !finer && (digits % 10 == 0); power++)
    {
        digits /= 10;
    }
    for (; (digits != 0) && (power != 0L); power += (power < 0L) ? 1L : -1L)
    {
        int64_t *grown = (power < 0L) ? &below : &digits;
        if (*grown > INT64_MAX / 10)
        {
            test_fail("more digits than the program reads", cell);
        }
        *grown *= 10;
    }
    if ((digits > (INT64_MAX - 1) / unit) || (finer && ((below == 1) || (unit != 1))))
    {
        test_fail("more digits than the program reads", cell);
    }
    digits *= unit;
    finer = finer || (digits % below != 0);
    digits /= below;
    *value = (*cell == '-') ? -digits : (digits + (finer ? 1 : 0));
    return finer ? 2 : 1;
}

/* Whether a cell of texts is a number that may be written in other ways: 007 and 5 % are texts. */
static int test_plain(const char *cell)
{
    const char *digits = cell + (((*cell == '-') || (*cell == '+')) ? 1 : 0);
    return (strlen(cell) <= 40U) && (strchr(cell, '%') == NULL)
        && !((digits[0] == '0') && (digits[1] >= '0') && (digits[1] <= '9'));
}

static int64_t test_code(const test_column_t *column, const char *cell)
{
    int64_t value = 0;
    int kind;
    for (size_t i = 0U; i < column->count; i++)
    {
        if (!column->numeric && (strcmp(column->categories[i], cell) == 0))
        {
            return (int64_t)i + 1;
        }
    }
    kind = (column->numeric || test_plain(cell)) ? test_number(cell, column->unit, &value) : 0;
    if (column->numeric && (kind == 0))
    {
        test_fail("a number is needed", cell);
    }
    for (size_t i = 0U; (i < column->count) && (kind == 1); i++)
    {
        if (column->valued[i] && (column->values[i] == value))
        {
            return (int64_t)i + 1;
        }
    }
    return 0;
}

/* The value of a cell; whatever is out of the range of a column that is only compared is at its end. */
static int64_t test_value(const test_column_t *column, const char *cell)
{
    int64_t value = 0;
    int kind;
    if (column->coded)
    {
        return test_code(column, cell);
    }
    kind = test_number(cell, column->unit, &value);
    if (kind == 0)
    {
        test_fail("a number is needed", cell);
    }
    if (column->exact && ((kind != 1) || (value < column->low) || (value > column->high)))
    {
        test_fail("out of the range of the column, or with more decimals", cell);
    }
    return (value < column->low) ? column->low : ((value > column->high) ? column->high : value);
}

#if TEST_NUMBERS
static int64_t test_gcd(int64_t a, int64_t b)
{
    while (b != 0)
    {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* A fraction as a decimal where it has one that ends, else as p/q. */
static void test_print(int64_t over, int64_t under)
{
    const int64_t size = (over < 0) ? -over : over;
    const int64_t common = test_gcd(under, size);
    const int64_t p = size / common;
    const int64_t q = under / common;
    int64_t rest = q;
    int64_t part = p % q;
    while (rest % 2 == 0)
    {
        rest /= 2;
    }
    while (rest % 5 == 0)
    {
        rest /= 5;
    }
    printf("%s%" PRId64, (over < 0) ? "-" : "", (rest == 1) ? (p / q) : p);
    if (rest != 1)
    {
        printf("/%" PRId64, q);
        return;
    }
    if (part != 0)
    {
        printf("%s", test_points[0]);
    }
    while (part != 0)
    {
        part *= 10;
        printf("%d", (int)(part / q));
        part %= q;
    }
}
#endif

static size_t test_place(size_t column, size_t cells)
{
    char unnamed[32];
    for (size_t i = 0U; i < cells; i++)
    {
        snprintf(unnamed, sizeof unnamed, "c%lu", (unsigned long)i);
        if (strcmp((test_cells[i][0] == '\0') ? unnamed : test_cells[i], test_columns[column].name) == 0)
        {
            return i;
        }
    }
    test_fail("no column is called so", test_columns[column].name);
    return 0U;
}

int main(int arguments, char **texts)
{
    static size_t places[TEST_COLUMNS];
    static test_row_t row;
    char separator;
    size_t width;
    if (!test_read())
    {
        return 0;
    }
    separator = (arguments > 1) ? texts[1][0] : test_separator();
    width = test_split(separator);
    for (size_t k = 0U; k < TEST_COLUMNS; k++)
    {
        places[k] = TEST_HEADER ? test_place(k, width) : test_columns[k].position;
    }
#if TEST_HEADER
    if (!test_read())
    {
        return 0;
    }
    width = test_split(separator);
#endif
    do
    {
        int gap = 0;
        for (size_t k = 0U; k < TEST_COLUMNS; k++)
        {
            char *cell;
            if (places[k] >= width)
            {
                test_fail("too few cells", test_columns[k].name);
            }
            cell = test_cells[places[k]];
            if (test_missing(cell))
            {
                if (!test_columns[k].filled && !test_columns[k].drops)
                {
                    test_fail("a value is missing", test_columns[k].name);
                }
                gap = gap || test_columns[k].drops;
                test_store(&row, k, 0, 1);
            }
            else
            {
                test_store(&row, k, test_value(&test_columns[k], cell), 0);
            }
        }
        if (!gap)
        {
            test_predict(&row);
        }
        printf("\n");
        if (!test_read())
        {
            return 0;
        }
        width = test_split(separator);
    } while (1);
}
