" Vim with the plugin vim-lsp: add this to ~/.vimrc.

augroup opencode_lsp
  autocmd!
  autocmd User lsp_setup call lsp#register_server({
        \ 'name': 'opencode',
        \ 'cmd': ["opencode-lsp"],
        \ 'allowlist': ['*'],
        \ 'blocklist': ['gitcommit', 'gitrebase', 'lsp-quickpick', 'lsp-quickpick-filter'],
        \ })
  " A file that opencode changed on disk is read again.
  autocmd FocusGained,BufEnter,CursorHold * silent! checktime
augroup END
set autoread

" vim-lsp opens no documents for a server, so that the question is asked here.
function! s:opencode_ask(first, last) abort
  let l:question = input('Ask opencode: ')
  if empty(l:question)
    return
  endif
  call s:opencode_run('opencode.ask', [{
        \ 'uri': lsp#get_text_document_identifier()['uri'],
        \ 'range': {
        \   'start': {'line': a:first - 1, 'character': 0},
        \   'end': {'line': a:last, 'character': 0},
        \ },
        \ 'prompt': l:question,
        \ }])
endfunction

function! s:opencode_run(command, arguments) abort
  call lsp#send_request('opencode', {
        \ 'method': 'workspace/executeCommand',
        \ 'params': {'command': a:command, 'arguments': a:arguments},
        \ 'on_notification': {_ -> 0},
        \ })
endfunction

function! s:opencode_commands(...) abort
  let l:commands = get(lsp#get_server_capabilities('opencode'), 'executeCommandProvider', {})
  return join(get(l:commands, 'commands', []), "\n")
endfunction

command! -range OpencodeAsk call s:opencode_ask(<line1>, <line2>)
command! -nargs=1 -complete=custom,s:opencode_commands Opencode call s:opencode_run(<q-args>, [])
