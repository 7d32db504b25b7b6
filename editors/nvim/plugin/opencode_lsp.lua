-- Only names are defined here; the modules are loaded when they are first used.
if vim.g.loaded_opencode_lsp then
  return
end
vim.g.loaded_opencode_lsp = true

if vim.fn.has("nvim-0.10") == 0 then
  vim.api.nvim_create_user_command("Opencode", function()
    vim.api.nvim_err_writeln("opencode_lsp needs Neovim 0.10; the README says how to do without the plugin")
  end, { nargs = "*" })
  return
end

vim.api.nvim_create_user_command("Opencode", function(args)
  require("opencode_lsp.commands").run(args)
end, {
  nargs = "*",
  range = true,
  desc = "opencode: ask, answer, review",
  complete = function(_, line)
    return require("opencode_lsp.commands").complete(line)
  end,
})

-- `:` gives the range of a selection; in normal mode it gives none.
local maps = {
  { { "n", "x" }, "ask", "ask" },
  { { "n", "x" }, "append", "append" },
  { { "n", "x" }, "review-keep", "review keep" },
  { { "n", "x" }, "review-undo", "review undo" },
  { "n", "review-next", "review next" },
  { "n", "review-previous", "review previous" },
  { "n", "review-list", "review list" },
  { "n", "diff", "diff" },
  { "n", "permissions", "permissions" },
  { "n", "answer", "answer" },
  { "n", "answer-live", "answer live" },
  { "n", "abort", "abort" },
}
for _, map in ipairs(maps) do
  vim.keymap.set(map[1], ("<Plug>(opencode-%s)"):format(map[2]), (":Opencode %s<CR>"):format(map[3]), {
    silent = true,
    desc = "opencode: " .. map[3],
  })
end

vim.api.nvim_create_autocmd("LspAttach", {
  group = vim.api.nvim_create_augroup("opencode_lsp", {}),
  callback = function(args)
    local client = vim.lsp.get_client_by_id(args.data.client_id)
    if client and client.name == "opencode" then
      require("opencode_lsp.attach").attached(client, args.buf)
    end
  end,
})
