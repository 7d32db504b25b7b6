-- Generated for one run of `cargo xtask demo --editor nvim`; your own configuration is not read.
vim.o.number = true
vim.o.signcolumn = "yes"
vim.o.autoread = true
vim.diagnostic.config({ virtual_text = true })

if not vim.lsp.start then
  vim.notify("This Neovim is older than 0.8 and cannot show the demo.", vim.log.levels.ERROR)
  return
end

-- Markdown too: a prompt is written in a Markdown document.
vim.api.nvim_create_autocmd("FileType", {
  pattern = { "python", "markdown" },
  callback = function()
    vim.lsp.start({
      name = "opencode-lsp",
      cmd = { BINARY },
      root_dir = ROOT,
      init_options = { server = { url = URL } },
    })
  end,
})

vim.keymap.set({ "n", "x" }, "<Space>a", vim.lsp.buf.code_action)
vim.keymap.set("n", "<Space>d", vim.diagnostic.open_float)

-- opencode writes to the disk: look there twice a second. Of unsaved text, Neovim would ask.
vim.fn.timer_start(500, function()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and not vim.bo[buffer].modified then
      vim.cmd("silent! checktime " .. buffer)
    end
  end
end, { ["repeat"] = -1 })
