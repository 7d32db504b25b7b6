# Kakoune with kakoune-lsp: add this to the end of ~/.config/kak/kakrc, after its `eval %sh{kak-lsp}` and
# `lsp-enable`.

# Beside the language's own servers.
hook -group opencode global BufSetOption filetype=.+ %{
    set-option -add buffer lsp_servers %{
[opencode]
command = "opencode-lsp"
root_globs = [".git", ".hg", "opencode.json", "opencode.jsonc"]
}
}

define-command opencode-ask -docstring 'ask opencode about the selected lines' %{
    prompt 'Ask opencode: ' %{
        evaluate-commands %sh{
            perl -we '
                use strict;
                my ($question, $selection, $file) = @ARGV;
                my ($from, $to) = sort { $a <=> $b } $selection =~ m/^(\d+)\.\d+,(\d+)\.\d+$/;
                $from--;
                $file =~ s{([^A-Za-z0-9/._~-])}{sprintf("%%%02X", ord $1)}ge;
                $question =~ s{(["\\])}{\\$1}g;
                $question =~ s{([\x00-\x1f])}{sprintf("\\u%04x", ord $1)}ge;
                my $range = qq({"start":{"line":$from,"character":0},"end":{"line":$to,"character":0}});
                my $arguments = qq([{"uri":"file://$file","range":$range,"prompt":"$question"}]);
                my $quote = chr 39;
                $arguments =~ s{$quote}{$quote$quote}g;
                print "lsp-execute-command opencode.ask $quote$arguments$quote opencode\n";
            ' "$kak_text" "$kak_selection_desc" "$kak_buffile"
        }
    }
}

define-command opencode-command -params 1 -docstring 'opencode-command <name>: run a command without arguments' %{
    lsp-execute-command %arg{1} '[]' opencode
} -shell-script-candidates %{
    printf '%s\n' opencode.permissions opencode.diff.show opencode.review.keep opencode.review.undo \
        opencode.review.next opencode.review.previous opencode.turn.keep opencode.turn.undo \
        opencode.answer.show opencode.abort opencode.session.new opencode.server.select
}

# As kakoune-lsp has it, but for `echo`: that of dash makes a quote of \0047, and what a button is called
# would then be run as a command (kakoune-lsp 22).
define-command -override -hidden lsp-show-message-request -params 4.. %{
    evaluate-commands -try-client %opt{toolsclient} %{
        info -title 'From language server' %arg{1}
        evaluate-commands %sh{
            on_abort=$2
            shift 2
            printf '%s ' lsp-menu -on-abort "$on_abort" "$@"
        }
    }
}
