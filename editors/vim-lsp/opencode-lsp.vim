" Vim or Neovim with the plugin vim-lsp: add this to ~/.vimrc.

augroup opencode_lsp
  autocmd!
  autocmd User lsp_setup call lsp#register_server({
        \ 'name': 'opencode',
        \ 'cmd': ["opencode-lsp"],
        \ 'allowlist': ['*'],
        \ 'blocklist': ['gitcommit', 'gitrebase'],
        \ })
augroup END

" A file that opencode changed on disk is read again.
set autoread
autocmd opencode_lsp FocusGained,BufEnter,CursorHold * silent! checktime
